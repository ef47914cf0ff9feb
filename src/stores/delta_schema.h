// Arrow schemas as Delta's schemaString (Spark's JSON), so that every Delta reader knows the columns' types.
// Thread-safety: pure functions.
#pragma once

#include <string>

#include <arrow/type_fwd.h>

#include "gnomon/status.h"

namespace gnomon {

// int32 integer, int64 long, float, double, utf8 string, binary, bool boolean, timestamp[us, UTC] timestamp, list<one of
// these> array. Every column may hold nulls. ERRORS: GN522 InvalidArgument for another type, and for two columns of one
// name.
Result<std::string> delta_schema_of(const arrow::Schema& schema);

// Names the first column in which the rows' schema differs from the table's; empty if they are the same, in the same order.
// Both are schemaStrings. A constraint that another writer declared (not null, invariants) is a difference: we could not
// keep it.
std::string delta_schema_difference(const std::string& table_schema, const std::string& rows_schema);

}  // namespace gnomon
