#include "registry/yaml_reader.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/time_text.h"
#include "registry/problems.h"

namespace gnomon {
namespace {

using Kind = YamlNode::Kind;

const char* kind_name(Kind kind) {
  switch (kind) {
    case Kind::kNull: return "nothing";
    case Kind::kText: return "text";
    case Kind::kList: return "a list";
    case Kind::kMap: return "a map";
  }
  return "";
}

template <class Number>
bool parse_number(const std::string& text, Number* out) {
  const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(begin, end, *out);
  return error == std::errc() && stop == end && begin != end;
}

bool looks_numeric(const std::string& text) { return text.find_first_not_of("+-.0123456789eE") == std::string::npos; }

}  // namespace

Status YamlReader::error(const YamlNode& node, std::string message, std::string hint) const {
  return yaml_error(file_, node.line, std::move(message), std::move(hint));
}

Status not_supported_yet(const std::string& what, const std::string& where) {
  return Status(Code::kUnimplemented, "GN121", fmt::format("`{}` is not supported yet", what),
                "Remove it; it is not ignored silently", where);
}

void YamlReader::set_origin(const YamlNode& node, v1::Origin* origin) const {
  origin->set_file(file_);
  origin->set_line(node.line);
}

Status YamlReader::read_map(const YamlNode& node, const std::string& what, const std::vector<YamlKey>& keys,
                            const std::vector<std::string>& later) const {
  if (node.kind != Kind::kMap)
    return error(node, fmt::format("{}: expected a map of keys, found {}", what, kind_name(node.kind)));
  for (const YamlMember& member : node.members) {
    auto key = std::find_if(keys.begin(), keys.end(), [&](const YamlKey& known) { return known.name == member.key; });
    if (key != keys.end()) {
      Status read = key->read(member.value);
      if (read.ok()) continue;
      const ErrorInfo& why = read.info();
      // An inner object has already said what it is; a bare value has not.
      if (why.message.starts_with("expected "))
        return Status(why.code, why.id, fmt::format("`{}` of {}: {}", member.key, what, why.message), why.hint, why.where);
      return read;
    }
    if (std::find(later.begin(), later.end(), member.key) != later.end()) {
      return not_supported_yet(member.key, fmt::format("{}:{}", file_, member.line));
    }
    std::vector<std::string> names;
    for (const YamlKey& known : keys) names.push_back(known.name);
    return yaml_error(file_, member.line, fmt::format("unknown key \"{}\" in {}", member.key, what),
                      suggest(member.key, names, ""));
  }
  return Status();
}

Status YamlReader::read_list(const YamlNode& node, const std::string& what, const ReadValue& read_item) const {
  if (node.kind != Kind::kList) return error(node, fmt::format("{}: expected a list, found {}", what, kind_name(node.kind)));
  for (const YamlNode& item : node.items) GN_TRY(read_item(item));
  return Status();
}

ReadValue YamlReader::text(std::string* out) const {
  return [this, out](const YamlNode& node) {
    if (node.kind != Kind::kText) return error(node, fmt::format("expected text, found {}", kind_name(node.kind)));
    *out = node.text;
    return Status();
  };
}

ReadValue YamlReader::texts(google::protobuf::RepeatedPtrField<std::string>* out) const {
  return [this, out](const YamlNode& node) {
    if (node.kind == Kind::kText) return text(out->Add())(node);
    if (node.kind != Kind::kList) return error(node, fmt::format("expected a list of text, found {}", kind_name(node.kind)));
    for (const YamlNode& item : node.items) GN_TRY(text(out->Add())(item));
    return Status();
  };
}

ReadValue YamlReader::text_map(google::protobuf::Map<std::string, std::string>* out) const {
  return [this, out](const YamlNode& node) {
    if (node.kind != Kind::kMap) return error(node, fmt::format("expected a map of text, found {}", kind_name(node.kind)));
    for (const YamlMember& member : node.members) GN_TRY(text(&(*out)[member.key])(member.value));
    return Status();
  };
}

ReadValue YamlReader::boolean(const std::function<void(bool)>& set) const {
  return [this, set](const YamlNode& node) {
    v1::Value value = node.kind == Kind::kText ? scalar_value(node) : v1::Value();
    if (value.kind_case() != v1::Value::kBoolValue) return error(node, "expected true or false");
    set(value.bool_value());
    return Status();
  };
}

ReadValue YamlReader::duration(const std::function<void(int64_t)>& set_us) const {
  return [this, set_us](const YamlNode& node) {
    Result<TimeUs> us = parse_duration(node.text);
    if (node.kind != Kind::kText || !us.ok()) {
      return error(node,
                   fmt::format("expected a duration, found {}",
                               node.kind == Kind::kText ? "\"" + node.text + "\"" : kind_name(node.kind)),
                   "Write a number and a unit of w, d, h, min, s, ms, us, such as 7d");
    }
    set_us(*us);
    return Status();
  };
}

ReadValue YamlReader::schema(google::protobuf::RepeatedPtrField<v1::Field>* out) const {
  return [this, out](const YamlNode& node) {
    return read_list(node, "schema", [this, out](const YamlNode& item) {
      v1::Field* field = out->Add();
      return read_map(item, "a field of a schema",
                      {{"name", text(field->mutable_name())},
                       {"dtype", text(field->mutable_dtype())},
                       {"description", text(field->mutable_description())},
                       {"tags", text_map(field->mutable_tags())}});
    });
  };
}

v1::Value scalar_value(const YamlNode& node) {
  v1::Value value;
  const std::string& text = node.text;
  int64_t integer = 0;
  double decimal = 0;
  if (node.quoted) {
    value.set_string_value(text);
  } else if (text == "true" || text == "True" || text == "TRUE") {
    value.set_bool_value(true);
  } else if (text == "false" || text == "False" || text == "FALSE") {
    value.set_bool_value(false);
  } else if (parse_number(text, &integer)) {
    value.set_int_value(integer);
  } else if (looks_numeric(text) && parse_number(text, &decimal)) {
    value.set_float_value(decimal);
  } else {
    value.set_string_value(text);
  }
  return value;
}

}  // namespace gnomon
