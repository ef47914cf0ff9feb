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
    case ValueType::kArray: return "Array";
    case ValueType::kAny: break;
  }
  return "anything";
}

std::shared_ptr<arrow::DataType> arrow_type(ValueType type) {
  switch (type) {
    case ValueType::kNull: return arrow::null();
    case ValueType::kBool: return arrow::boolean();
    case ValueType::kInt: return arrow::int64();
    case ValueType::kFloat: return arrow::float64();
    case ValueType::kString: return arrow::utf8();
    case ValueType::kBytes: return arrow::binary();
    case ValueType::kTime: return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case ValueType::kArray:
    case ValueType::kAny: break;
  }
  GN_ASSERT(false && "a type without values");
}

Result<ColumnType> column_type(const arrow::DataType& type) {
  if (type.id() == arrow::Type::NA) return ColumnType{ValueType::kNull, arrow::null()};
  GN_ASSIGN(std::string dtype, dtype_of(type));
  ValueType value_type = ValueType::kArray;
  if (dtype == "Int32" || dtype == "Int64") value_type = ValueType::kInt;
  if (dtype == "Float32" || dtype == "Float64") value_type = ValueType::kFloat;
  for (ValueType known : kScalarTypes) {
    if (dtype == value_type_name(known)) value_type = known;
  }
  if (value_type != ValueType::kArray) return ColumnType{value_type, arrow_type(value_type)};
  GN_ASSIGN(std::shared_ptr<arrow::DataType> list, arrow_type_of(dtype));
  return ColumnType{value_type, list};
}

}  // namespace gnomon
