#include "gnomon/types.h"

#include <arrow/type.h>

namespace gnomon {
namespace {

struct TypeRow {
  std::string_view name;
  std::shared_ptr<arrow::DataType> (*make)();
};

std::shared_ptr<arrow::DataType> make_timestamp() { return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"); }

const TypeRow kTypes[] = {
    {"Int32", [] { return arrow::int32(); }},     {"Int64", [] { return arrow::int64(); }},
    {"Float32", [] { return arrow::float32(); }}, {"Float64", [] { return arrow::float64(); }},
    {"String", [] { return arrow::utf8(); }},     {"Bool", [] { return arrow::boolean(); }},
    {"Bytes", [] { return arrow::binary(); }},    {"UnixTimestamp", make_timestamp},
};

constexpr std::string_view kArrayPrefix = "Array(";

}  // namespace

Result<std::shared_ptr<arrow::DataType>> arrow_type_of(std::string_view dtype) {
  for (const TypeRow& row : kTypes) {
    if (row.name == dtype) return row.make();
  }
  if (dtype.starts_with(kArrayPrefix) && dtype.ends_with(")")) {
    std::string_view item = dtype.substr(kArrayPrefix.size(), dtype.size() - kArrayPrefix.size() - 1);
    for (const TypeRow& row : kTypes) {
      if (row.name == item) return arrow::list(row.make());
    }
  }
  return Status(Code::kInvalidArgument, "GN110", "unknown dtype \"" + std::string(dtype) + "\"",
                "Use Int32, Int64, Float32, Float64, String, Bool, Bytes, UnixTimestamp or Array(...) of one of them");
}

Result<std::string> dtype_of(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::UINT8:
    case arrow::Type::UINT16:
    case arrow::Type::INT32: return std::string("Int32");
    case arrow::Type::UINT32:
    case arrow::Type::UINT64:
    case arrow::Type::INT64: return std::string("Int64");
    case arrow::Type::HALF_FLOAT:
    case arrow::Type::FLOAT: return std::string("Float32");
    case arrow::Type::DOUBLE: return std::string("Float64");
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW: return std::string("String");
    case arrow::Type::BOOL: return std::string("Bool");
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::FIXED_SIZE_BINARY: return std::string("Bytes");
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DATE32:
    case arrow::Type::DATE64: return std::string("UnixTimestamp");
    case arrow::Type::DICTIONARY: return dtype_of(*static_cast<const arrow::DictionaryType&>(type).value_type());
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST: {
      const arrow::DataType& item = *type.field(0)->type();
      if (item.num_fields() > 0) break;
      GN_ASSIGN(std::string name, dtype_of(item));
      return "Array(" + name + ")";
    }
    default: break;
  }
  return Status(Code::kInvalidArgument, "GN111", "no dtype holds columns of type " + type.ToString(),
                "Convert the column in the source or with a transform, or leave it out of the schema");
}

}  // namespace gnomon
