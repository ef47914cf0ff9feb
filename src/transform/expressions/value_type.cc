#include "transform/expressions/value_type.h"

#include <arrow/type.h>

#include "gnomon/types.h"

namespace gnomon {

const char* value_type_name(ValueType type) {
  switch (type) {
    case ValueType::kNull: return "None";
    case ValueType::kBool: return "Bool";
    case ValueType::kInt: return "Int64";
    case ValueType::kFloat: return "Float64";
    case ValueType::kString: return "String";
    case ValueType::kBytes: return "Bytes";
    case ValueType::kTime: return "UnixTimestamp";
    case ValueType::kBoolArray: return "Array(Bool)";
    case ValueType::kIntArray: return "Array(Int64)";
    case ValueType::kFloatArray: return "Array(Float64)";
    case ValueType::kStringArray: return "Array(String)";
    case ValueType::kBytesArray: return "Array(Bytes)";
    case ValueType::kTimeArray: return "Array(UnixTimestamp)";
    case ValueType::kAny: break;
  }
  return "anything";
}

// The two lists of types are in one order.
ValueType element_type(ValueType type) {
  GN_ASSERT(is_array(type));
  return kScalarTypes[static_cast<size_t>(type) - static_cast<size_t>(ValueType::kBoolArray)];
}

ValueType array_of(ValueType element) {
  for (ValueType array : kArrayTypes) {
    if (element_type(array) == element) return array;
  }
  GN_ASSERT(false && "no array holds such elements");
}

std::shared_ptr<arrow::DataType> arrow_type(ValueType type) {
  if (is_array(type)) return arrow::list(arrow_type(element_type(type)));
  switch (type) {
    case ValueType::kNull: return arrow::null();
    case ValueType::kBool: return arrow::boolean();
    case ValueType::kInt: return arrow::int64();
    case ValueType::kFloat: return arrow::float64();
    case ValueType::kString: return arrow::utf8();
    case ValueType::kBytes: return arrow::binary();
    case ValueType::kTime: return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    default: break;
  }
  GN_ASSERT(false && "a type without values");
}

namespace {

// Small integers are computed as Int64, Float32 as Float64.
ValueType scalar_type(const std::string& dtype) {
  if (dtype == "Int32" || dtype == "Int64") return ValueType::kInt;
  if (dtype == "Float32" || dtype == "Float64") return ValueType::kFloat;
  for (ValueType known : kScalarTypes) {
    if (dtype == value_type_name(known)) return known;
  }
  GN_ASSERT(false && "a dtype without a type");
}

}  // namespace

Result<ColumnType> column_type(const arrow::DataType& type) {
  if (type.id() == arrow::Type::NA) return ColumnType{ValueType::kNull, arrow::null()};
  GN_ASSIGN(std::string dtype, dtype_of(type));
  constexpr std::string_view kArray = "Array(";
  if (!dtype.starts_with(kArray)) {
    const ValueType scalar = scalar_type(dtype);
    return ColumnType{scalar, arrow_type(scalar)};
  }
  const ValueType array = array_of(scalar_type(dtype.substr(kArray.size(), dtype.size() - kArray.size() - 1)));
  return ColumnType{array, arrow_type(array)};
}

}  // namespace gnomon
