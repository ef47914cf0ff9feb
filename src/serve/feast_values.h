// Columns of Feast's typed values, as gRPC requests bring them, as Arrow columns.
//
// A column has one type; int32 among int64, and float among double, are taken as the wider. Times are int64 seconds on Feast's wire, and
// timestamps here. A value that is unset, or Feast's null, is null; a column of nulls alone has Arrow's null type. What a column is declared
// as is decided elsewhere.
// ERRORS: GN612 for mixed types, naming column and row; Unimplemented (GN613) for a type that Gnomon does not hold.
// Thread-safety: pure functions.
#pragma once

#include <memory>
#include <string>

#include <arrow/type_fwd.h>

#include "gnomon/status.h"

namespace feast::types {
class RepeatedValue;
}

namespace gnomon {

Result<std::shared_ptr<arrow::Array>> column_of_values(const std::string& name, const feast::types::RepeatedValue& values);

}  // namespace gnomon
