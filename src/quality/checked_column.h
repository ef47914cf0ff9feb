// The columns of a table as kernels want them: found by name, dictionaries and string views decoded once for all checks.
// Thread-safety: one call at a time per ColumnSet.
#pragma once

#include <map>
#include <memory>
#include <string>

#include <arrow/chunked_array.h>
#include <arrow/table.h>

#include "gnomon/status.h"

namespace gnomon {

struct CheckedColumn {
  std::string name;
  std::shared_ptr<arrow::ChunkedArray> values;  // of a plain type: no dictionary, no view, no run ends
};

class ColumnSet {
 public:
  // `table` must outlive this object.
  explicit ColumnSet(const arrow::Table& table) : table_(table) {}

  // ERRORS: GN131 for a name that is not there, or is there twice; GN132 for values that cannot be decoded.
  Result<CheckedColumn> find(const std::string& name);

 private:
  const arrow::Table& table_;
  std::map<std::string, CheckedColumn> decoded_;
};

// The error of a kernel that has no meaning for a column's type: "between needs numbers, times or strings".
Status unfit_type(const CheckedColumn& column, const std::string& needs);

}  // namespace gnomon
