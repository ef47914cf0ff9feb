#include "features/winner_rows.h"

#include <algorithm>

#include <arrow/api.h>

#include "base/parallel.h"

namespace gnomon {
namespace {

// One column of one unit.
Result<arrow::ArrayVector> gather_column(const JoinedHistories::Unit& unit, const std::vector<int64_t>& rows,
                                         const std::string& column) {
  auto begin = std::lower_bound(rows.begin(), rows.end(), unit.first_row);
  auto end = std::lower_bound(begin, rows.end(), unit.first_row + unit.rows);
  std::vector<int64_t> in_history(begin, end);
  const int64_t shift = unit.first_row - unit.history->unit_first_row(unit.unit);
  for (int64_t& row : in_history) row -= shift;
  return unit.history->take(unit.unit, column, in_history);
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
