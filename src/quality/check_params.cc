#include "quality/check_params.h"

#include <cmath>

#include <fmt/format.h>

#include "gnomon/quality.h"

namespace gnomon {

const v1::Value* find_param(const v1::Check& check, const std::string& name) {
  auto at = check.params().find(name);
  return at == check.params().end() ? nullptr : &at->second;
}

bool is_number(const v1::Value& value) {
  return value.kind_case() == v1::Value::kIntValue || value.kind_case() == v1::Value::kFloatValue;
}

bool is_nan(const v1::Value& value) {
  return value.kind_case() == v1::Value::kFloatValue && std::isnan(value.float_value());
}

double mostly_of(const v1::Check& check) {
  const v1::Value* mostly = find_param(check, "mostly");
  if (mostly == nullptr) return 1.0;
  return mostly->kind_case() == v1::Value::kIntValue ? static_cast<double>(mostly->int_value()) : mostly->float_value();
}

bool flag_of(const v1::Check& check, const std::string& name) {
  const v1::Value* flag = find_param(check, name);
  return flag != nullptr && flag->bool_value();
}

std::string param_text(const v1::Value& value) {
  constexpr int kListedValues = 8;
  switch (value.kind_case()) {
    case v1::Value::kIntValue: return fmt::format("{}", value.int_value());
    case v1::Value::kFloatValue: return fmt::format("{}", value.float_value());
    case v1::Value::kStringValue: return fmt::format("\"{}\"", value.string_value());
    case v1::Value::kBoolValue: return value.bool_value() ? "true" : "false";
    case v1::Value::kListValue: break;
    case v1::Value::KIND_NOT_SET: return "null";
  }
  const auto& values = value.list_value().values();
  std::string text = "[";
  for (int i = 0; i < values.size(); ++i) {
    if (i > 0) text += ", ";
    if (i == kListedValues) {
      text += fmt::format("… {} more", values.size() - i);
      break;
    }
    text += param_text(values[i]);
  }
  return text + "]";
}

Status bad_check(const v1::Check& check, const std::string& message, const std::string& hint) {
  std::string where;
  if (!check.origin().file().empty()) where = fmt::format("{}:{}", check.origin().file(), check.origin().line());
  return Status(Code::kInvalidArgument, "GN130", fmt::format("{}: {}", check_label(check), message), hint, where);
}

}  // namespace gnomon
