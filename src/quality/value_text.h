// A value as a person reads it: in reports, in quarantine, and what `regex` searches in columns that are not text.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include <arrow/type_fwd.h>

namespace gnomon {

// Numbers in the shortest form that reads back equal, times in ISO 8601, text as it is, NaN, Infinity, null.
// Other types in Arrow's own form. O(1) for the types that has_value_text names.
std::string value_text(const arrow::Array& values, int64_t i);

// The same for a row of a chunked column.
std::string value_text(const arrow::ChunkedArray& column, int64_t row);

// Whether the form is ours, and so part of what a check means.
bool has_value_text(const arrow::DataType& type);

}  // namespace gnomon
