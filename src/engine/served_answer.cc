#include "engine/served_answer.h"

#include <arrow/api.h>
#include <arrow/device.h>

#include "base/hash.h"
#include "data/arrow_status.h"

namespace gnomon {
namespace {

// The caller may own the memory, and change it.
Result<std::shared_ptr<arrow::Array>> copy_of(const std::shared_ptr<arrow::Array>& array) {
  GN_ARROW_ASSIGN(auto copy, "logging an answer", array->CopyTo(arrow::default_cpu_memory_manager()));
  return copy;
}

}  // namespace

int64_t ServedAnswer::cells() const {
  return rows->num_rows() * (rows->num_columns() + 3 * static_cast<int64_t>(answer.columns.size()));
}

Result<ServedAnswer> captured(std::shared_ptr<const Definitions> definitions, std::shared_ptr<const RequestPlan> plan,
                              const FeatureRequest& features, const arrow::RecordBatch& rows, const OnlineAnswer& answer) {
  ServedAnswer served;
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (int i = 0; i < rows.num_columns(); ++i) {
    if (!plan->row_columns.contains(rows.column_name(i))) continue;
    fields.push_back(rows.schema()->field(i));
    GN_ASSIGN(columns.emplace_back(), copy_of(rows.column(i)));
  }
  served.rows = arrow::RecordBatch::Make(arrow::schema(fields), rows.num_rows(), columns);
  served.answer.t = answer.t;
  served.answer.sequence = answer.sequence;
  served.answer.errors = answer.errors;
  served.answer.columns = answer.columns;
  for (OnlineColumn& column : served.answer.columns) {
    GN_ASSIGN(column.values, copy_of(column.values));
  }
  served.definitions = std::move(definitions);
  served.plan = std::move(plan);
  served.features = features;
  return served;
}

std::string meaning_of_served(const Definitions& definitions, const RequestedFeature& feature) {
  const AskedFeatures asked = asked_features(definitions, {feature});
  std::string text = feature.feature;
  // By name: the order of addresses says nothing.
  std::map<std::string, std::string> meanings;
  for (const auto& [view, features] : asked.stored) meanings[view->view.name()] = view->served_meaning;
  for (const ComputedFeatures& computed : asked.computed) meanings[computed.view->view.name()] = computed.view->meaning_hash;
  for (const auto& [name, meaning] : meanings) text += "\n" + name + " " + meaning;
  return hash128_hex(text);
}

}  // namespace gnomon
