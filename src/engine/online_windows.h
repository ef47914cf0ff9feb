// Online answers of views with aggregations, from their state.
// Thread-safety: pure functions; any number of threads may answer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/project.h"
#include "features/tiles/window_explanation.h"
#include "gnomon/window_store.h"

namespace gnomon {

struct ViewAnswer {
  std::vector<OnlineColumn> columns;  // in the order asked for, not named yet
  std::vector<std::string> errors;    // "AS_OF_NOT_COVERED traffic:count_5min row 3"
};

// The answers of one view, in two steps, so that what all views of a request need is fetched together.
class OnlineWindows {
 public:
  // `features`: indices of the view's features. `keys`: columns of the view's join keys; a row with a null one is an empty window.
  // `requests`: their own events, of own_requests. REQUIRES: store, definition and features outlive it.
  static Result<std::unique_ptr<OnlineWindows>> begin(OnlineStore& store, const ViewDefinition& definition,
                                                      const std::vector<size_t>& features,
                                                      const arrow::RecordBatch& keys,
                                                      std::shared_ptr<arrow::RecordBatch> requests, TimeUs t);
  virtual ~OnlineWindows() = default;

  // What finish() will read. Nothing where there is no state.
  virtual std::optional<WindowQuery> query() const = 0;
  // ERRORS: GN533 Aborted if the state was changed meanwhile: begin again. A row that could not be read is INVALID, with an error.
  virtual Result<ViewAnswer> finish() = 0;
};

// "UNAVAILABLE traffic row 3: GN530 …"
std::string unavailable_error(const std::string& view, const OnlineRows::Failure& failure);

// What makes one value. ERRORS: GN407 where the state cannot tell.
Result<WindowExplanation> explain_feature(OnlineStore& store, const ViewDefinition& definition, const std::string& feature,
                                          const arrow::RecordBatch& key, TimeUs t);

// The request's columns as a view's keys. A value that cannot be such a key is null and matches nothing. ERRORS: GN211, GN205.
Result<std::shared_ptr<arrow::RecordBatch>> key_batch(const arrow::RecordBatch& rows, const ViewDefinition& definition);

}  // namespace gnomon
