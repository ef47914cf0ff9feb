#include "registry/manifest_text.h"

#include <map>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/time_text.h"
#include "registry/aggregation_text.h"
#include "registry/manifest_json.h"

namespace gnomon {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

struct Wording {
  std::string_view field;  // full name in the .proto
  std::string_view name;
  std::string_view unset;  // what its default means
};
constexpr Wording kWordings[] = {
    {"gnomon.v1.FeatureView.ttl_us", "ttl", "no limit"},
    {"gnomon.v1.FeatureView.as_of_retention_us", "as_of_retention", "newest"},
    {"gnomon.v1.FeatureView.serving_lag_us", "serving_lag", "0"},
    {"gnomon.v1.FeatureView.offline_only", "online", "true"},
    {"gnomon.v1.Source.event_id_retention_us", "event_id_retention", "default"},
    {"gnomon.v1.PythonTransform.source_hash", "code", "(none)"},
    {"gnomon.v1.FileSource.format", "format", "by suffix"},
    {"gnomon.v1.Field.dtype", "", "inferred"},
    {"gnomon.v1.Check.params", "", "(none)"},
    {"gnomon.v1.Check.on_fail", "on_fail", "block"},
    {"gnomon.v1.FeatureRef.features", "", "all"},
    {"gnomon.v1.FeatureView.allowed_lateness_us", "allowed_lateness", "1d"},
    {"gnomon.v1.OnDemandFeatureView.features", "", "(none)"},
    {"gnomon.v1.Aggregation.windows", "window", "(none)"},
    {"gnomon.v1.Aggregation.offset_us", "offset", "0"},
    {"gnomon.v1.Aggregation.resolution_us", "resolution", "exact"},
    {"gnomon.v1.Aggregation.sawtooth_us", "sawtooth", "exact"},
    {"gnomon.v1.Aggregation.n", "n", "(none)"},
    {"gnomon.v1.Aggregation.default_value", "default", "(none)"},
    {"gnomon.v1.Aggregation.max_distinct", "max_distinct", "no limit"},
    {"gnomon.v1.Aggregation.name", "name", "by column, function and window"},
};

const Wording* wording_of(const FieldDescriptor& field) {
  for (const Wording& wording : kWordings) {
    if (wording.field == field.full_name()) return &wording;
  }
  return nullptr;
}

std::string unset_text(const FieldDescriptor& field) {
  const Wording* wording = wording_of(field);
  return wording == nullptr ? "(none)" : std::string(wording->unset);
}

std::string list_text(const Message& message, const FieldDescriptor& field) {
  const google::protobuf::Reflection* reflection = message.GetReflection();
  std::vector<std::string> items;
  for (int i = 0; i < reflection->FieldSize(message, &field); ++i)
    items.push_back(reflection->GetRepeatedString(message, &field, i));
  return items.empty() ? unset_text(field) : fmt::format("[{}]", fmt::join(items, ", "));
}

std::string int64_text(int64_t value, const FieldDescriptor& field) {
  bool is_unset = value == 0 && !field.has_presence();
  if (is_unset && wording_of(field) != nullptr) return unset_text(field);
  if (!field.name().ends_with("_us")) return fmt::format("{}", value);
  if (value == -1 && field.name() == "as_of_retention_us") return "all";
  return is_unset ? unset_text(field) : format_duration(value);
}

// 1.0 is not 1: the one is a float, the other an integer.
std::string float_text(double value) {
  std::string text = fmt::format("{}", value);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

std::string check_text(const v1::Check& check) {
  std::map<std::string, v1::Value> params(check.params().begin(), check.params().end());
  std::vector<std::string> arguments(check.columns().begin(), check.columns().end());
  for (const auto& [name, value] : params) arguments.push_back(fmt::format("{}={}", name, value_text(value)));
  std::string text = fmt::format("{}({})", check.type(), fmt::join(arguments, ", "));
  return check.on_fail().empty() ? text : text + " on_fail=" + check.on_fail();
}

}  // namespace

std::string shown_name(const FieldDescriptor& field) {
  const Wording* wording = wording_of(field);
  return wording == nullptr ? field.name() : std::string(wording->name);
}

std::string shown_value(const Message& message, const FieldDescriptor& field) {
  if (field.is_repeated()) return list_text(message, field);
  const google::protobuf::Reflection* reflection = message.GetReflection();
  if (field.has_presence() && !reflection->HasField(message, &field)) return unset_text(field);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string text = reflection->GetString(message, &field);
      return text.empty() ? unset_text(field) : text;
    }
    case FieldDescriptor::CPPTYPE_BOOL: {
      bool inverted = field.name() == "offline_only";
      return reflection->GetBool(message, &field) != inverted ? "true" : "false";
    }
    case FieldDescriptor::CPPTYPE_INT64: return int64_text(reflection->GetInt64(message, &field), field);
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      double number = reflection->GetDouble(message, &field);
      return number == 0 ? unset_text(field) : fmt::format("{}", number);
    }
    default: return fmt::format("{}", reflection->GetInt32(message, &field));
  }
}

std::string value_text(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kIntValue: return fmt::format("{}", value.int_value());
    case v1::Value::kFloatValue: return float_text(value.float_value());
    case v1::Value::kBoolValue: return value.bool_value() ? "true" : "false";
    case v1::Value::kStringValue: return fmt::format("\"{}\"", value.string_value());
    case v1::Value::kListValue: {
      std::vector<std::string> items;
      for (const v1::Value& item : value.list_value().values()) items.push_back(value_text(item));
      return fmt::format("[{}]", fmt::join(items, ", "));
    }
    case v1::Value::KIND_NOT_SET: break;
  }
  return "(none)";
}

std::string element_text(const Message& element) {
  if (const auto* check = dynamic_cast<const v1::Check*>(&element)) return check_text(*check);
  if (const auto* aggregation = dynamic_cast<const v1::Aggregation*>(&element)) return aggregation_text(*aggregation);
  if (const auto* field = dynamic_cast<const v1::Field*>(&element))
    return field->dtype().empty() ? "inferred" : field->dtype();
  if (const auto* ref = dynamic_cast<const v1::FeatureRef*>(&element)) {
    return ref->features().empty() ? "all" : fmt::format("[{}]", fmt::join(ref->features(), ", "));
  }
  return message_to_json(element);
}

}  // namespace gnomon
