// The types that the language computes with.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <memory>

#include <arrow/type_fwd.h>

#include "gnomon/status.h"

namespace gnomon {

enum class ValueType : uint8_t {
  kNull,  // None, before a context gives it a type
  kBool,
  kInt,    // int64
  kFloat,  // float64
  kString,
  kBytes,
  kTime,   // timestamp[us, UTC]
  kArray,  // a list of any of those: only asked for None
  kAny,    // of parameters: whatever it is
};

// Those that values of the language have, without null and arrays.
inline constexpr ValueType kScalarTypes[] = {ValueType::kBool,   ValueType::kInt,   ValueType::kFloat,
                                             ValueType::kString, ValueType::kBytes, ValueType::kTime};

// "Int64", as users declare it.
const char* value_type_name(ValueType type);

// REQUIRES: neither kArray nor kAny.
std::shared_ptr<arrow::DataType> arrow_type(ValueType type);

// The type that a column is computed as, and its Arrow type. ERRORS: GN111 for a column that no feature can have.
struct ColumnType {
  ValueType type;
  std::shared_ptr<arrow::DataType> arrow;
};
Result<ColumnType> column_type(const arrow::DataType& type);

}  // namespace gnomon
