// What a request says of the event that it is about: the columns that aggregations with include_request read.
// Thread-safety: pure functions.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "data/cast.h"
#include "engine/definitions.h"
#include "features/tiles/state_events.h"
#include "features/windows/own_events.h"
#include "gnomon/status.h"

namespace gnomon {

// A column of a request as a value of `field`: times from text too. `rejected` lists what does not fit. ERRORS: GN205 for a type that cannot.
Result<CastColumn> cast_request_column(const std::shared_ptr<arrow::Array>& column, const arrow::Field& field);
// The same for a join key of a view.
Result<CastColumn> cast_join_key(const std::shared_ptr<arrow::Array>& column, const arrow::Field& key,
                                 const std::string& view);

// The names of the columns that the requests must have for these features of the view, sorted. None: no feature includes the request.
std::vector<std::string> request_columns(const ViewDefinition& definition, const std::vector<std::string>& features);

// One own event a row of `rows`, with all columns that the view's conditions and aggregations read; null in those that the features
// do not need. Null if they need none. ERRORS: GN216 for a missing column, GN217 for a value that does not fit.
Result<std::shared_ptr<arrow::RecordBatch>> own_requests(const arrow::RecordBatch& rows, const ViewDefinition& definition,
                                                         const std::vector<std::string>& features);

// Own events as a state with this layout sees them, all at `t`.
class OwnStateEvents {
 public:
  // `requests`: of own_requests. REQUIRES: the view outlives it.
  static Result<OwnStateEvents> read(const AggregatedView& view, const StateLayout& layout,
                                     std::shared_ptr<arrow::RecordBatch> requests, TimeUs t);

  OwnEvent at(size_t row) const { return {&events_, static_cast<int64_t>(row), own_->counts[row] != 0}; }

 private:
  std::shared_ptr<const OwnEvents> own_;  // what events_ points to
  std::shared_ptr<const std::vector<TimeUs>> times_;
  StateEvents events_;
};

}  // namespace gnomon
