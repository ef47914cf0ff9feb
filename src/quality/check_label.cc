#include <fmt/format.h>

#include "gnomon/quality.h"
#include "quality/check_params.h"
#include "quality/expectation.h"

namespace gnomon {

// As a person would call it: leading parameters by position while there is no gap, flags and the rest by name.
std::string check_label(const v1::Check& check) {
  std::string text = check.type() + "(";
  const char* separator = "";
  for (const std::string& column : check.columns()) {
    text += separator + column;
    separator = ", ";
  }
  const Expectation* expectation = find_expectation(check.type());
  bool by_position = true;
  auto add = [&](const std::string& name) {
    const v1::Value* value = find_param(check, name);
    by_position = by_position && value != nullptr && value->kind_case() != v1::Value::kBoolValue;
    if (value == nullptr) return;
    text += separator + (by_position ? "" : name + "=") + param_text(*value);
    separator = ", ";
  };
  if (expectation != nullptr) {
    for (const std::string& name : expectation->info.parameters) add(name);
  }
  by_position = false;
  add("mostly");
  return text + ")";
}

}  // namespace gnomon
