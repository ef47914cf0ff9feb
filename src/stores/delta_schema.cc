#include "stores/delta_schema.h"

#include <set>

#include <arrow/type.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace gnomon {
namespace {

using nlohmann::json;

const char* primitive_name(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::INT32: return "integer";
    case arrow::Type::INT64: return "long";
    case arrow::Type::FLOAT: return "float";
    case arrow::Type::DOUBLE: return "double";
    case arrow::Type::STRING: return "string";
    case arrow::Type::BINARY: return "binary";
    case arrow::Type::BOOL: return "boolean";
    case arrow::Type::TIMESTAMP: {
      const auto& time = static_cast<const arrow::TimestampType&>(type);
      return time.unit() == arrow::TimeUnit::MICRO && time.timezone() == "UTC" ? "timestamp" : nullptr;
    }
    default: return nullptr;
  }
}

Result<json> type_json(const arrow::Field& field) {
  const char* name = primitive_name(*field.type());
  if (name != nullptr) return json(name);
  if (field.type()->id() == arrow::Type::LIST) {
    const char* element = primitive_name(*static_cast<const arrow::ListType&>(*field.type()).value_type());
    if (element != nullptr) return json{{"type", "array"}, {"elementType", element}, {"containsNull", true}};
  }
  return Status(
      Code::kInvalidArgument, "GN522",
      fmt::format("column {} has type {}, which an offline table cannot hold", field.name(), field.type()->ToString()),
      "Cast it to int32, int64, float, double, string, binary, bool, timestamp[us, UTC] or a list of these");
}

std::string describe(const json& fields, size_t i) {
  if (i >= fields.size()) return "no column";
  return fmt::format("{} {}", fields[i].value("name", json()).dump(), fields[i].value("type", json()).dump());
}

}  // namespace

Result<std::string> delta_schema_of(const arrow::Schema& schema) {
  json fields = json::array();
  std::set<std::string> names;
  for (const auto& field : schema.fields()) {
    if (!names.insert(field->name()).second) {
      return Status(Code::kInvalidArgument, "GN522", fmt::format("two columns are named {}", field->name()));
    }
    GN_ASSIGN(json type, type_json(*field));
    fields.push_back({{"name", field->name()}, {"type", type}, {"nullable", true}, {"metadata", json::object()}});
  }
  return json{{"type", "struct"}, {"fields", fields}}.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string delta_schema_difference(const std::string& table_schema, const std::string& rows_schema) {
  if (table_schema == rows_schema) return "";
  json table = json::parse(table_schema, nullptr, false);
  json rows = json::parse(rows_schema, nullptr, false);
  if (!table.is_object() || !table.contains("fields")) return "the table's schema cannot be read";
  const json& table_fields = table["fields"];
  const json& rows_fields = rows["fields"];
  for (size_t i = 0; i < std::max(table_fields.size(), rows_fields.size()); ++i) {
    if (i >= table_fields.size() || i >= rows_fields.size() || !table_fields[i].is_object()) {
      return fmt::format("column {}: the table has {}, the rows have {}", i + 1, describe(table_fields, i),
                         describe(rows_fields, i));
    }
    json declared = table_fields[i];
    if (!declared.contains("metadata") || declared["metadata"].is_null()) declared["metadata"] = json::object();
    if (declared == rows_fields[i]) continue;
    if (describe(table_fields, i) == describe(rows_fields, i)) {
      return fmt::format("column {}: the table constrains {} in a way that is not supported: {}", i + 1,
                         describe(rows_fields, i), declared.dump());
    }
    return fmt::format("column {}: the table has {}, the rows have {}", i + 1, describe(table_fields, i),
                       describe(rows_fields, i));
  }
  return "";
}

}  // namespace gnomon
