// RequestPlan: what a request for features comes down to. Requests repeat, so those of late are kept with the definitions that they
// were worked out from.
// Thread-safety: a RequestPlan is immutable; RequestPlans may be asked from any thread.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/asked_features.h"
#include "engine/definitions.h"
#include "gnomon/status.h"

namespace gnomon {

// It points into the definitions.
struct RequestPlan {
  std::vector<RequestedFeature> wanted;  // in request order
  std::vector<size_t> places;            // of stored ones: among asked.stored of their view
  AskedFeatures asked;
  std::map<const ViewDefinition*, std::vector<size_t>> indices;  // of asked.stored: among the view's features
  std::unordered_set<std::string> names;                         // that the answer has
  std::set<std::string> row_columns;  // of the entity rows: join keys, and what else the features read

  // ERRORS: GN213 for names that the answer would have twice, given the caller's own columns.
  Status check_names(const arrow::Schema& own) const;
};

// The columns of the entity rows that these features depend on.
std::set<std::string> columns_read(const AskedFeatures& asked);

class RequestPlans {
 public:
  // ERRORS: those of Definitions::resolve.
  Result<std::shared_ptr<const RequestPlan>> get(const Definitions& definitions, const FeatureRequest& request);

 private:
  static constexpr size_t kMostPlans = 256;

  std::shared_mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const RequestPlan>> plans_;  // by the request's text
};

}  // namespace gnomon
