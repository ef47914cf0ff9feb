#include "features/windows/window_results.h"

#include <algorithm>

#include <arrow/api.h>
#include <arrow/compute/api.h>

#include "data/arrow_status.h"
#include "features/aggregations/word_column.h"

namespace gnomon {

WindowResults::WindowResults(const WindowedView& view, const EntitySlots& slots) : view_(view), slots_(slots) {
  std::vector<std::shared_ptr<arrow::DataType>> types;
  for (size_t feature = 0; feature < view.features.size(); ++feature) {
    const std::shared_ptr<arrow::DataType>& type = view.features[feature].kernel->result_type();
    place_of_.push_back(is_word_type(*type) ? types.size() : kNotHeld);
    if (place_of_.back() == kNotHeld) continue;
    types.push_back(type);
    feature_of_.push_back(feature);
  }
  numbers_ = std::make_unique<SlotResults>(std::move(types), slots.slot_count() + 1);
}

std::vector<ResultColumn> WindowResults::columns(int64_t first, int64_t end) {
  std::vector<ResultColumn> results;
  for (size_t feature = 0; feature < view_.features.size(); ++feature) {
    if (place_of_[feature] != kNotHeld) {
      results.emplace_back(numbers_->places(place_of_[feature], first));
    } else {
      results.emplace_back(view_.features[feature].kernel->result_type());
      results.back().reserve(end - first);
    }
  }
  return results;
}

Result<WindowResults::Run> WindowResults::finished(int64_t first_slot, std::vector<ResultColumn>* columns) {
  Run run{first_slot, {}, {}};
  for (ResultColumn& column : *columns) {
    run.invalid.emplace_back();
    GN_ASSIGN(auto values, column.finish(&run.invalid.back()));
    for (int64_t& place : run.invalid.back()) place += first_slot;
    run.columns.push_back(std::move(values));
  }
  return run;
}

Result<WindowResults::Run> WindowResults::empty_windows() {
  const int64_t slot = slots_.slot_count();
  std::vector<ResultColumn> results = columns(slot, slot + 1);
  for (size_t feature = 0; feature < results.size(); ++feature) {
    const Kernel& kernel = *view_.features[feature].kernel;
    kernel.result(*kernel.accumulator(), &results[feature]);
  }
  return finished(slot, &results);
}

// Entity rows whose slot is one of `slots`, which ascend.
std::vector<int64_t> WindowResults::rows_of(const std::vector<int64_t>& slots, int64_t rows) const {
  std::vector<int64_t> found;
  if (slots.empty()) return found;
  for (int64_t row = 0; row < rows; ++row) {
    if (std::binary_search(slots.begin(), slots.end(), slot_of(row))) found.push_back(row);
  }
  return found;
}

Result<std::shared_ptr<arrow::Array>> WindowResults::taken(size_t feature, const std::vector<Run>& runs,
                                                           int64_t rows) const {
  arrow::ArrayVector chunks;
  for (const Run& run : runs) chunks.push_back(run.columns[feature]);
  arrow::Int64Builder indices;
  GN_ARROW_TRY("spreading windows", indices.Reserve(rows));
  for (int64_t row = 0; row < rows; ++row) indices.UnsafeAppend(slot_of(row));
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> index_array, "spreading windows", indices.Finish());
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> values, "spreading windows", arrow::Concatenate(chunks));
  GN_ARROW_ASSIGN(arrow::Datum result, "spreading windows",
                  arrow::compute::Take(values, index_array, arrow::compute::TakeOptions::NoBoundsCheck()));
  return result.make_array();
}

Result<WindowedValues> WindowResults::by_entity_row(int64_t rows, const std::vector<Run>& runs, int threads) {
  const size_t width = view_.features.size();
  arrow::ArrayVector columns(width);
  GN_TRY(
      numbers_->spread(slots_, rows, slots_.slot_count(), threads, [&](size_t index, std::shared_ptr<arrow::Array> values) {
        columns[feature_of_[index]] = std::move(values);
        return Status();
      }));
  WindowedValues answer;
  arrow::FieldVector fields;
  for (size_t index = 0; index < width; ++index) {
    const WindowedFeature& feature = view_.features[index];
    std::vector<int64_t> invalid_slots;
    for (const Run& run : runs)
      invalid_slots.insert(invalid_slots.end(), run.invalid[index].begin(), run.invalid[index].end());
    answer.invalid_rows.push_back(rows_of(invalid_slots, rows));
    if (columns[index] == nullptr) {
      GN_ASSIGN(columns[index], taken(index, runs, rows));
    }
    GN_ASSIGN(columns[index], with_default(columns[index], feature.default_value, answer.invalid_rows.back()));
    fields.push_back(arrow::field(feature.name, columns[index]->type()));
  }
  answer.table = arrow::Table::Make(arrow::schema(fields), columns, rows);
  return answer;
}

}  // namespace gnomon
