// RowHistory over a table in memory.
#include <algorithm>

#include <arrow/api.h>

#include "data/arrow_status.h"
#include "data/canonical_columns.h"
#include "data/row_history.h"

namespace gnomon {
namespace {

constexpr int64_t kUnitRows = 1 << 20;

class TableHistory : public RowHistory {
 public:
  TableHistory(std::shared_ptr<arrow::Table> table, CanonicalColumns columns, std::shared_ptr<const RowSet> rejected)
      : table_(std::move(table)), columns_(std::move(columns)), rejected_(std::move(rejected)) {}

  int64_t unit_count() const override { return (table_->num_rows() + kUnitRows - 1) / kUnitRows; }
  int64_t unit_rows(int64_t unit) const override { return std::min(kUnitRows, table_->num_rows() - unit * kUnitRows); }
  int64_t unit_first_row(int64_t unit) const override { return unit * kUnitRows; }
  int64_t row_count() const override { return table_->num_rows(); }
  bool unit_may_hold(int64_t, TimeUs, TimeUs) const override { return true; }

  Status scan(int64_t unit, const std::vector<std::string>& columns, int64_t batch_rows, const ScanFn& fn) const override {
    std::shared_ptr<arrow::Table> slice = table_->Slice(unit_first_row(unit), unit_rows(unit));
    arrow::TableBatchReader reader(*slice);
    reader.set_chunksize(batch_rows);
    int64_t row = unit_first_row(unit);
    while (true) {
      std::shared_ptr<arrow::RecordBatch> batch;
      GN_ARROW_TRY("reading a table", reader.ReadNext(&batch));
      if (batch == nullptr) return Status();
      GN_ASSIGN(std::shared_ptr<arrow::RecordBatch> canonical, columns_.convert(*batch, columns, row, rejected_.get()));
      GN_TRY(fn(row, *canonical));
      row += batch->num_rows();
    }
  }

 private:
  std::shared_ptr<arrow::Table> table_;
  CanonicalColumns columns_;
  std::shared_ptr<const RowSet> rejected_;
};

}  // namespace

Result<std::unique_ptr<RowHistory>> open_table_history(std::shared_ptr<arrow::Table> table, HistoryLayout layout,
                                                       std::shared_ptr<const RowSet> rejected) {
  GN_ASSIGN(CanonicalColumns columns, CanonicalColumns::make(*table->schema(), layout, ""));
  return std::unique_ptr<RowHistory>(
      std::make_unique<TableHistory>(std::move(table), std::move(columns), std::move(rejected)));
}

}  // namespace gnomon
