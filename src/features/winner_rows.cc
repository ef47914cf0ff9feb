#include "features/winner_rows.h"

#include <algorithm>

#include <arrow/api.h>
#include <arrow/compute/api.h>

#include "base/parallel.h"
#include "data/arrow_status.h"

namespace gnomon {
namespace {

constexpr int64_t kGatherBatchRows = 1 << 15;

// The rows of `batch` (which starts at row `first`) that lie in [begin, end) of the wanted rows.
Result<arrow::RecordBatchVector::value_type> take_rows(const arrow::RecordBatch& batch, int64_t first, const int64_t* begin, const int64_t* end) {
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Buffer> indices, "gathering rows", arrow::AllocateBuffer((end - begin) * 4));
  auto* out = reinterpret_cast<int32_t*>(indices->mutable_data());
  for (const int64_t* at = begin; at != end; ++at) *out++ = static_cast<int32_t>(*at - first);
  auto index_array = std::make_shared<arrow::Int32Array>(end - begin, indices);
  auto owned = arrow::RecordBatch::Make(batch.schema(), batch.num_rows(), batch.columns());
  GN_ARROW_ASSIGN(arrow::Datum taken, "gathering rows", arrow::compute::Take(owned, index_array, arrow::compute::TakeOptions::NoBoundsCheck()));
  return taken.record_batch();
}

}  // namespace

JoinedHistories::JoinedHistories(const std::vector<const RowHistory*>& histories) {
  int64_t base = 0;
  for (const RowHistory* history : histories) {
    for (int64_t unit = 0; unit < history->unit_count(); ++unit) {
      units_.push_back({history, unit, base + history->unit_first_row(unit), history->unit_rows(unit)});
    }
    base += history->row_count();
  }
}

Result<std::shared_ptr<arrow::Table>> gather_rows(const JoinedHistories& histories, const std::vector<int64_t>& rows,
                                                  const std::vector<std::string>& columns, const arrow::Schema& types, int threads) {
  arrow::FieldVector fields;
  for (const std::string& name : columns) fields.push_back(types.GetFieldByName(name));
  const auto& units = histories.units();
  std::vector<arrow::RecordBatchVector> parts(units.size());
  GN_TRY(parallel_for(static_cast<int64_t>(units.size()), threads, [&](int, int64_t index) -> Status {
    const JoinedHistories::Unit& unit = units[static_cast<size_t>(index)];
    auto at = std::lower_bound(rows.begin(), rows.end(), unit.first_row);
    auto unit_end = std::lower_bound(at, rows.end(), unit.first_row + unit.rows);
    if (at == unit_end || columns.empty()) return Status();
    int64_t shift = unit.first_row - unit.history->unit_first_row(unit.unit);
    return unit.history->scan(unit.unit, columns, kGatherBatchRows, [&](int64_t first, const arrow::RecordBatch& batch) -> Status {
      auto end = std::lower_bound(at, unit_end, first + shift + batch.num_rows());
      if (at == end) return Status();
      GN_ASSIGN(auto taken, take_rows(batch, first + shift, &*at, &*at + (end - at)));
      parts[static_cast<size_t>(index)].push_back(std::move(taken));
      at = end;
      return Status();
    });
  }));
  arrow::RecordBatchVector all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Table> table, "gathering rows", arrow::Table::FromRecordBatches(arrow::schema(fields), all));
  return table;
}

}  // namespace gnomon
