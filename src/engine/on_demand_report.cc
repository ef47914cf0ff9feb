#include "engine/on_demand_report.h"

#include <algorithm>

#include <fmt/format.h>

namespace gnomon {

void add_online_errors(const std::string& feature, const FeatureColumn& column, std::vector<std::string>* errors) {
  for (size_t row = 0; row < column.invalid.size(); ++row) {
    if (column.invalid[row] == kValid) continue;
    errors->push_back(
        fmt::format("{} {} row {}", invalid_reason_name(static_cast<InvalidReason>(column.invalid[row])), feature, row));
  }
  for (const std::string& cause : column.causes) errors->push_back(fmt::format("{}: {}", feature, cause));
}

std::vector<InvalidRowsReport> invalid_rows_of(const AskedFeatures& asked, const FeatureColumns& columns) {
  std::vector<InvalidRowsReport> reports;
  for (const ComputedFeatures& computed : asked.computed) {
    for (const OnDemandFeature* feature : computed.features) {
      const FeatureColumn& column = columns.at({computed.view->view.name(), feature->name});
      std::map<uint8_t, InvalidRowsReport> by_reason;
      for (size_t row = 0; row < column.invalid.size(); ++row) {
        if (column.invalid[row] == kValid) continue;
        InvalidRowsReport& report = by_reason[column.invalid[row]];
        ++report.rows;
        if (report.first_rows.size() < kNamedInvalidRows) report.first_rows.push_back(static_cast<int64_t>(row));
      }
      for (auto& [reason, report] : by_reason) {
        report.view = computed.view->view.name();
        report.feature = feature->name;
        report.reason = invalid_reason_name(static_cast<InvalidReason>(reason));
        if (reason == kFunction) report.causes = column.causes;
        reports.push_back(std::move(report));
      }
    }
  }
  return reports;
}

}  // namespace gnomon
