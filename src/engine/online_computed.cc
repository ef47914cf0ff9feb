#include "engine/online_computed.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include "data/arrow_status.h"
#include "engine/on_demand_report.h"
#include "engine/on_demand_values.h"
#include "engine/python_functions.h"

namespace gnomon {
namespace {

// A fact that is too old, or was not found, is behind no value.
FeatureColumn feature_column(const OnlineColumn& column) {
  FeatureColumn made;
  made.values = column.values;
  made.event_time = column.event_time;
  for (size_t row = 0; row < column.status.size(); ++row) {
    const OnlineStatus status = column.status[row];
    if (status == OnlineStatus::kInvalid) {
      made.invalid.resize(column.status.size(), kValid);
      made.invalid[row] = kInput;
    }
    if (status != OnlineStatus::kPresent && status != OnlineStatus::kNullValue) made.event_time[row] = 0;
  }
  return made;
}

OnlineColumn online_column(const std::string& name, const FeatureColumn& column) {
  const auto rows = static_cast<size_t>(column.values->length());
  OnlineColumn made{name, column.values, {}, column.event_time, /*zero_is_no_time=*/true};
  made.event_time.resize(rows, 0);
  for (size_t row = 0; row < rows; ++row) {
    const bool is_invalid = !column.invalid.empty() && column.invalid[row] != kValid;
    const bool is_null = column.values->IsNull(static_cast<int64_t>(row));
    made.status.push_back(is_invalid ? OnlineStatus::kInvalid : is_null ? OnlineStatus::kNullValue : OnlineStatus::kPresent);
    if (is_invalid) made.event_time[row] = 0;
  }
  return made;
}

}  // namespace

Result<std::map<std::pair<std::string, std::string>, OnlineColumn>> computed_online(
    Engine::Impl& project, const AskedFeatures& asked,
    const std::map<const ViewDefinition*, std::vector<OnlineColumn>>& stored, const arrow::RecordBatch& rows,
    std::vector<std::string>* errors) {
  std::map<std::pair<std::string, std::string>, OnlineColumn> made;
  if (asked.computed.empty()) return made;
  FeatureColumns columns;
  for (const auto& [view, read] : stored) {
    const std::vector<std::string>& names = asked.stored.at(view);
    for (size_t i = 0; i < read.size(); ++i) columns[{view->view.name(), names[i]}] = feature_column(read[i]);
  }
  auto table = arrow::Table::Make(rows.schema(), rows.columns(), rows.num_rows());
  OnDemandWork work{&asked, table.get(), function_runner(project, FunctionDeadline::kRequest), 1};
  GN_TRY(compute_on_demand(work, &columns));
  for (const ComputedFeatures& computed : asked.computed) {
    for (const OnDemandFeature* feature : computed.features) {
      const FeatureColumn& column = columns.at({computed.view->view.name(), feature->name});
      made[{computed.view->view.name(), feature->name}] = online_column(feature->name, column);
      add_online_errors(computed.view->view.name() + ":" + feature->name, column, errors);
    }
  }
  return made;
}

}  // namespace gnomon
