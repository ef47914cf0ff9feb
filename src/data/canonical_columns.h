// From the columns of a file or table to canonical ones: the one place where types are cast and bad rows get a null time.
// Thread-safety: const methods may be called from any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "data/row_history.h"

namespace gnomon {

class CanonicalColumns {
 public:
  // Checks that every named source column is in `schema` and can be declared as asked. `where` is the path for messages.
  static Result<CanonicalColumns> make(const arrow::Schema& schema, const HistoryLayout& layout, const std::string& where);

  // Indices into `schema` of the source columns needed to produce `columns`, ascending.
  Result<std::vector<int>> source_columns(const std::vector<std::string>& columns) const;

  // `batch` holds at least those source columns by name. `first_row`: its place in the history, for `rejected` (may be null).
  Result<std::shared_ptr<arrow::RecordBatch>> convert(const arrow::RecordBatch& batch,
                                                      const std::vector<std::string>& columns, int64_t first_row,
                                                      const RowSet* rejected) const;

  // A column whose values the source holds as they are declared, in one piece; null pointer if it has to be converted or is not there.
  const HistoryColumn* uncast(const std::string& column) const;

  // The rows of `batch` that convert() would mark, with reasons.
  Status unfit_rows(const arrow::RecordBatch& batch, int64_t first_row, std::vector<UnfitRow>* out) const;

  const HistoryLayout& layout() const { return layout_; }

 private:
  enum class Role : uint8_t { kKey, kFeature, kTime };
  struct Column {
    HistoryColumn spec;
    Role role = Role::kFeature;
    bool may_reject = false;  // reading it can mark rows, so that it is needed wherever kEventTime is
  };
  const Column* find(const std::string& name) const;
  Result<std::shared_ptr<arrow::Array>> convert_column(const Column& column, const arrow::RecordBatch& batch,
                                                       std::vector<int64_t>* rejected) const;

  HistoryLayout layout_;
  std::string where_;
  std::vector<Column> columns_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace gnomon
