#include "features/winner_rows.h"

#include <algorithm>

#include <arrow/api.h>
#include <arrow/compute/api.h>

#include "base/parallel.h"
#include "data/arrow_status.h"

namespace gnomon {
namespace {

constexpr int64_t kGatherBatchRows = 1 << 15;

// Wanted rows that lie in one unit, ascending.
struct Wanted {
  const int64_t* begin;
  const int64_t* end;
};

Wanted wanted_of(const JoinedHistories::Unit& unit, const std::vector<int64_t>& rows) {
  auto begin = std::lower_bound(rows.begin(), rows.end(), unit.first_row);
  auto end = std::lower_bound(begin, rows.end(), unit.first_row + unit.rows);
  return {rows.data() + (begin - rows.begin()), rows.data() + (end - rows.begin())};
}

// The values of `column`, which starts at row `first`, at the wanted rows that lie in it.
Result<std::shared_ptr<arrow::Array>> take_values(const arrow::Array& column, int64_t first, const Wanted& wanted) {
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Buffer> indices, "gathering rows",
                  arrow::AllocateBuffer((wanted.end - wanted.begin) * 4));
  auto* out = reinterpret_cast<int32_t*>(indices->mutable_data());
  for (const int64_t* at = wanted.begin; at != wanted.end; ++at) *out++ = static_cast<int32_t>(*at - first);
  auto index_array = std::make_shared<arrow::Int32Array>(wanted.end - wanted.begin, indices);
  GN_ARROW_ASSIGN(arrow::Datum taken, "gathering rows",
                  arrow::compute::Take(column, index_array, arrow::compute::TakeOptions::NoBoundsCheck()));
  return taken.make_array();
}

// One column of one unit.
Result<arrow::ArrayVector> gather_column(const JoinedHistories::Unit& unit, const std::vector<int64_t>& rows,
                                         const std::string& column) {
  arrow::ArrayVector parts;
  Wanted wanted = wanted_of(unit, rows);
  if (wanted.begin == wanted.end) return parts;
  int64_t shift = unit.first_row - unit.history->unit_first_row(unit.unit);
  GN_TRY(unit.history->scan(
      unit.unit, {column}, kGatherBatchRows, [&](int64_t first, const arrow::RecordBatch& batch) -> Status {
        const int64_t* end = std::lower_bound(wanted.begin, wanted.end, first + shift + batch.num_rows());
        if (wanted.begin == end) return Status();
        GN_ASSIGN(auto taken, take_values(*batch.column(0), first + shift, {wanted.begin, end}));
        parts.push_back(std::move(taken));
        wanted.begin = end;
        return Status();
      }));
  return parts;
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
                                                  const std::vector<std::string>& columns, const arrow::Schema& types,
                                                  int threads) {
  // A column of a unit at a time: a worker holds one column's bytes, however many are asked for.
  int64_t units = static_cast<int64_t>(histories.units().size());
  int64_t width = static_cast<int64_t>(columns.size());
  std::vector<arrow::ArrayVector> parts(static_cast<size_t>(units * width));
  GN_TRY(parallel_for(units * width, threads, [&](int, int64_t task) -> Status {
    GN_ASSIGN(parts[static_cast<size_t>(task)], gather_column(histories.units()[static_cast<size_t>(task / width)], rows,
                                                              columns[static_cast<size_t>(task % width)]));
    return Status();
  }));
  arrow::FieldVector fields;
  arrow::ChunkedArrayVector table;
  for (int64_t column = 0; column < width; ++column) {
    fields.push_back(types.GetFieldByName(columns[static_cast<size_t>(column)]));
    arrow::ArrayVector chunks;
    for (int64_t unit = 0; unit < units; ++unit) {
      const auto& part = parts[static_cast<size_t>(unit * width + column)];
      chunks.insert(chunks.end(), part.begin(), part.end());
    }
    table.push_back(std::make_shared<arrow::ChunkedArray>(std::move(chunks), fields.back()->type()));
  }
  return arrow::Table::Make(arrow::schema(fields), table, static_cast<int64_t>(rows.size()));
}

}  // namespace gnomon
