#include "data/row_history.h"

#include <algorithm>

#include <arrow/api.h>
#include <arrow/compute/api.h>

#include "data/arrow_status.h"

namespace gnomon {
namespace {

constexpr int64_t kTakeBatchRows = 1 << 15;

// The values of `column`, which starts at row `first`, at `rows`, all of which lie in it.
Result<std::shared_ptr<arrow::Array>> take_values(const arrow::Array& column, int64_t first, std::span<const int64_t> rows) {
  const int64_t count = static_cast<int64_t>(rows.size());
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Buffer> indices, "gathering rows", arrow::AllocateBuffer(count * 4));
  auto* out = reinterpret_cast<int32_t*>(indices->mutable_data());
  for (int64_t row : rows) *out++ = static_cast<int32_t>(row - first);
  auto index_array = std::make_shared<arrow::Int32Array>(count, indices);
  GN_ARROW_ASSIGN(arrow::Datum taken, "gathering rows",
                  arrow::compute::Take(column, index_array, arrow::compute::TakeOptions::NoBoundsCheck()));
  return taken.make_array();
}

}  // namespace

Result<arrow::ArrayVector> RowHistory::take(int64_t unit, const std::string& column, std::span<const int64_t> rows) const {
  arrow::ArrayVector parts;
  if (rows.empty()) return parts;
  GN_TRY(scan(unit, {column}, kTakeBatchRows, [&](int64_t first, const arrow::RecordBatch& batch) -> Status {
    const auto end = std::lower_bound(rows.begin(), rows.end(), first + batch.num_rows());
    if (rows.begin() == end) return Status();
    const size_t here = static_cast<size_t>(end - rows.begin());
    GN_ASSIGN(auto taken, take_values(*batch.column(0), first, rows.first(here)));
    parts.push_back(std::move(taken));
    rows = rows.subspan(here);
    return Status();
  }));
  return parts;
}

}  // namespace gnomon
