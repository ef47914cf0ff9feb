// RowHistory: rows with times that can be scanned more than once, a few columns at a time.
//
// A history is cut into units (a Parquet row group, a table), so that work can be spread over threads and units that
// cannot matter are skipped. Every scan yields canonical batches: columns under their canonical names, cast to their
// declared types; times as int64 microseconds.
//
// Bad rows: a row with a null or unreadable event time or key, a value that does not fit its declared type, or a place in
// the `RejectedRows` of the history has a null event time in every scan that asks for kEventTime. Nothing matches it.
// Thread-safety: scan may be called from several threads at once, for any units.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include <arrow/type_fwd.h>

#include "gnomon/env.h"
#include "gnomon/status.h"

namespace gnomon {

// A canonical column and where it comes from.
struct HistoryColumn {
  std::string name;                       // as everyone downstream calls it
  std::shared_ptr<arrow::DataType> type;  // declared
  std::string source_column;              // in the file or table; empty: not there, all null
};

struct HistoryLayout {
  std::vector<HistoryColumn> keys;
  std::vector<HistoryColumn> features;
  std::string event_time;  // source columns; only event_time must be there
  std::string created_time;
  std::string known_at;
};

using RowSet = std::unordered_set<int64_t>;  // row numbers, counted over the whole history

using ScanFn = std::function<Status(int64_t first_row, const arrow::RecordBatch& batch)>;

// A row that cannot be used, and why: null or unreadable time, null key, value that does not fit its declared type.
struct UnfitRow {
  int64_t row;
  std::string check;  // "not_null(origin)", "cast(seats: Int32)"
  std::string column;
};

class RowHistory {
 public:
  virtual ~RowHistory() = default;

  virtual int64_t unit_count() const = 0;
  virtual int64_t unit_rows(int64_t unit) const = 0;
  virtual int64_t unit_first_row(int64_t unit) const = 0;
  virtual int64_t row_count() const = 0;

  // False only if statistics prove that no row of the unit has event_time in [from, to].
  virtual bool unit_may_hold(int64_t unit, TimeUs from, TimeUs to) const = 0;

  // Calls `fn` with consecutive batches of at most `batch_rows` rows holding `columns` (canonical names: keys, features,
  // kEventTime, kCreatedTime, kKnownAt) in that order. String keys may come dictionary-encoded.
  // ERRORS: GN201/GN202 with the file's path; what fn returns.
  virtual Status scan(int64_t unit, const std::vector<std::string>& columns, int64_t batch_rows, const ScanFn& fn) const = 0;

  // The values of `column` (a key or a feature) at `rows`, in pieces. REQUIRES: rows are numbers over the whole history, ascend, are
  // distinct and lie in the unit. ERRORS: as scan.
  virtual Result<arrow::ArrayVector> take(int64_t unit, const std::string& column, std::span<const int64_t> rows) const;
};

// A history over Parquet files that share a layout, in the given order. Only footers are read.
// ERRORS: GN201, GN202, GN101 for a column that a file lacks, GN205 for a type that cannot be declared so.
Result<std::unique_ptr<RowHistory>> open_parquet_history(const std::vector<std::string>& files, HistoryLayout layout,
                                                         std::shared_ptr<const RowSet> rejected);

// A history over a table in memory.
Result<std::unique_ptr<RowHistory>> open_table_history(std::shared_ptr<arrow::Table> table, HistoryLayout layout,
                                                       std::shared_ptr<const RowSet> rejected);

}  // namespace gnomon
