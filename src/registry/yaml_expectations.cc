#include <fmt/format.h>

#include "registry/expectation_rules.h"
#include "registry/yaml_objects.h"

namespace gnomon {
namespace {

Status read_parameter(const YamlReader& reader, const YamlNode& node, v1::Value* out) {
  if (node.kind == YamlNode::Kind::kText) {
    *out = scalar_value(node);
    return Status();
  }
  v1::ValueList* list = out->mutable_list_value();
  return reader.read_list(node, "a parameter", [&](const YamlNode& item) {
    if (item.kind != YamlNode::Kind::kText) return reader.error(item, "expected a list of plain values");
    *list->add_values() = scalar_value(item);
    return Status();
  });
}

// {column: x, min: 0, max: 120} -> check
Status read_parameters(const YamlReader& reader, const YamlNode& node, const ExpectationRule& rule, v1::Check* check) {
  std::vector<YamlKey> keys = {{"column", reader.texts(check->mutable_columns())},
                               {"columns", reader.texts(check->mutable_columns())}};
  for (const std::string& name : rule.parameters) {
    keys.push_back({name, [&reader, check, name](const YamlNode& value) {
                      return read_parameter(reader, value, &(*check->mutable_params())[name]);
                    }});
  }
  return reader.read_map(node, fmt::format("expectation {}", rule.type), keys);
}

void add_check(const v1::Check& check, const ExpectationRule& rule, google::protobuf::RepeatedPtrField<v1::Check>* out) {
  if (rule.columns == ExpectationRule::Columns::kTogether || check.columns().empty()) {
    *out->Add() = check;
    return;
  }
  for (const std::string& column : check.columns()) {
    v1::Check* single = out->Add();
    *single = check;
    single->clear_columns();
    single->add_columns(column);
  }
}

Status read_expectation(const YamlReader& reader, const YamlNode& node, google::protobuf::RepeatedPtrField<v1::Check>* out) {
  v1::Check check;
  const ExpectationRule* given = nullptr;
  std::vector<YamlKey> keys = {{"on_fail", reader.text(check.mutable_on_fail())}};
  for (const ExpectationRule& rule : expectation_rules()) {
    keys.push_back({rule.type, [&reader, &check, &given, &rule](const YamlNode& value) {
                      if (given != nullptr)
                        return reader.error(value,
                                            fmt::format("two expectations in one entry: {} and {}", given->type, rule.type),
                                            "Write one entry for each");
                      given = &rule;
                      check.set_type(rule.type);
                      return read_parameters(reader, value, rule, &check);
                    }});
  }
  GN_TRY(reader.read_map(node, "an expectation", keys));
  if (given == nullptr)
    return reader.error(node, "an entry of expect names no expectation",
                        fmt::format("Known: {}", fmt::join(expectation_types(), ", ")));
  reader.set_origin(node, check.mutable_origin());
  add_check(check, *given, out);
  return Status();
}

}  // namespace

Status read_expectations(const YamlReader& reader, const YamlNode& node,
                         google::protobuf::RepeatedPtrField<v1::Check>* out) {
  return reader.read_list(node, "expect", [&](const YamlNode& item) { return read_expectation(reader, item, out); });
}

}  // namespace gnomon
