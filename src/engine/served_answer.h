// ServedAnswer: an online answer and all that is needed to recompute it later: what was asked, under which definitions, and what the
// online store had when it was read.
// Thread-safety: a value; nothing in it is shared with the caller of the request.
#pragma once

#include <memory>
#include <string>

#include <arrow/type_fwd.h>

#include "engine/definitions.h"
#include "engine/engine.h"
#include "engine/request_plan.h"

namespace gnomon {

struct ServedAnswer {
  std::shared_ptr<const Definitions> definitions;  // shared: with requests in flight
  std::shared_ptr<const RequestPlan> plan;         // shared: with requests in flight; it points into the definitions
  FeatureRequest features;
  std::shared_ptr<arrow::RecordBatch> rows;  // the columns of the entity rows that the answer depends on, and no others
  OnlineAnswer answer;
  uint64_t sequence_end =
      0;              // the answer was read from a store that had all writes up to answer.sequence, and none beyond this
  std::string store;  // load_log_store of it
  TimeUs served_at = 0;

  int64_t cells() const;  // about how much it holds
};

// A copy of what `answer` was made from and says. `rows`: the request's.
Result<ServedAnswer> captured(std::shared_ptr<const Definitions> definitions, std::shared_ptr<const RequestPlan> plan,
                              const FeatureRequest& features, const arrow::RecordBatch& rows, const OnlineAnswer& answer);

// What a feature of the answer means, with everything that it is made of: another hash, another meaning.
std::string meaning_of_served(const Definitions& definitions, const RequestedFeature& feature);

}  // namespace gnomon
