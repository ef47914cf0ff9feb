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
  kTime,       // timestamp[us, UTC]
  kBoolArray,  // lists of those
  kIntArray,
  kFloatArray,
  kStringArray,
  kBytesArray,
  kTimeArray,
  kAny,  // of parameters: whatever it is
};

// Those that values of the language have, without null and arrays.
inline constexpr ValueType kScalarTypes[] = {ValueType::kBool,   ValueType::kInt,   ValueType::kFloat,
                                             ValueType::kString, ValueType::kBytes, ValueType::kTime};

inline constexpr ValueType kArrayTypes[] = {ValueType::kBoolArray,   ValueType::kIntArray,   ValueType::kFloatArray,
                                            ValueType::kStringArray, ValueType::kBytesArray, ValueType::kTimeArray};

constexpr bool is_array(ValueType type) { return type >= ValueType::kBoolArray && type <= ValueType::kTimeArray; }

// REQUIRES: is_array(type).
ValueType element_type(ValueType type);
// REQUIRES: one of kScalarTypes.
ValueType array_of(ValueType element);

// "Int64", "Array(Int64)", as users declare it.
const char* value_type_name(ValueType type);

// REQUIRES: not kAny.
std::shared_ptr<arrow::DataType> arrow_type(ValueType type);

// The type that a column is computed as, and its Arrow type. ERRORS: GN111 for a column that no feature can have.
struct ColumnType {
  ValueType type;
  std::shared_ptr<arrow::DataType> arrow;
};
Result<ColumnType> column_type(const arrow::DataType& type);

}  // namespace gnomon
