// What is said about on-demand values that are INVALID.
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "engine/asked_features.h"
#include "engine/on_demand_values.h"

namespace gnomon {

// "INTEGER_OVERFLOW wind:headwind row 3", with the cause behind it where a function told one.
void add_online_errors(const std::string& feature, const FeatureColumn& column, std::vector<std::string>* errors);

// The rows of one feature of a training set that are INVALID for one reason.
struct InvalidRowsReport {
  std::string view, feature, reason;
  int64_t rows = 0;
  std::vector<int64_t> first_rows;  // at most kNamedInvalidRows
  std::vector<std::string> causes;
};
inline constexpr size_t kNamedInvalidRows = 100;

std::vector<InvalidRowsReport> invalid_rows_of(const AskedFeatures& asked, const FeatureColumns& columns);

}  // namespace gnomon
