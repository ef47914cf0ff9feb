#include "registry/manifest_diff.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "registry/aggregation_text.h"
#include "registry/manifest_text.h"
#include "registry/objects.h"

namespace gnomon {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr size_t kMaxInlineText = 80;  // longer texts, such as SQL, are shown by their first differing line

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines(1);
  for (char c : text) {
    if (c == '\n')
      lines.emplace_back();
    else
      lines.back().push_back(c);
  }
  return lines;
}

std::string shortened(const std::string& text) {
  std::string line = text.substr(0, text.find('\n'));
  return line.size() <= kMaxInlineText ? line : fmt::format("{}…", line.substr(0, kMaxInlineText));
}

// "a -> b", or for long texts the first line that differs.
std::string arrow_text(const std::string& before, const std::string& after) {
  bool is_short = before.size() <= kMaxInlineText && after.size() <= kMaxInlineText;
  if (is_short && before.find('\n') == std::string::npos && after.find('\n') == std::string::npos)
    return fmt::format("{} -> {}", before, after);
  std::vector<std::string> old_lines = lines_of(before), new_lines = lines_of(after);
  size_t line = 0;
  while (line < old_lines.size() && line < new_lines.size() && old_lines[line] == new_lines[line]) ++line;
  std::string old_line = line < old_lines.size() ? shortened(old_lines[line]) : "(end)";
  std::string new_line = line < new_lines.size() ? shortened(new_lines[line]) : "(end)";
  return fmt::format("line {}: {} -> {}", line + 1, old_line, new_line);
}

std::string joined(const std::string& path, const std::string& name) {
  return fmt::format("{}{}{}", path, path.empty() || name.empty() ? "" : ".", name);
}

// Elements that have a name of their own are compared by it, not by position.
const FieldDescriptor* naming_field(const FieldDescriptor& field) {
  if (field.message_type() == v1::Field::descriptor()) return v1::Field::descriptor()->FindFieldByName("name");
  if (field.message_type() == v1::FeatureRef::descriptor()) return v1::FeatureRef::descriptor()->FindFieldByName("view");
  return nullptr;
}

class Differ {
 public:
  std::vector<FieldDifference> compare(const Message& before, const Message& after) {
    for (int i = 0; i < before.GetDescriptor()->field_count(); ++i) {
      top_field_ = before.GetDescriptor()->field(i);
      compare_field("", before, after, *top_field_);
    }
    return std::move(found_);
  }

 private:
  void add(const std::string& path, const std::string& what) {
    found_.push_back({top_field_->name(), fmt::format("{}: {}", path, what)});
  }

  void compare_message(const std::string& path, const Message& before, const Message& after) {
    if (const auto* value = dynamic_cast<const v1::Value*>(&before)) {
      std::string old_text = value_text(*value), new_text = value_text(static_cast<const v1::Value&>(after));
      if (old_text != new_text) add(path, arrow_text(old_text, new_text));
      return;
    }
    for (int i = 0; i < before.GetDescriptor()->field_count(); ++i)
      compare_field(path, before, after, *before.GetDescriptor()->field(i));
  }

  void compare_field(const std::string& path, const Message& before, const Message& after, const FieldDescriptor& field) {
    if (field.name() == "origin") return;
    std::string here = joined(path, shown_name(field));
    if (field.is_map()) return compare_map(here, before, after, field);
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      std::string old_text = shown_value(before, field), new_text = shown_value(after, field);
      if (old_text != new_text) add(here, field.name() == "source_hash" ? "changed" : arrow_text(old_text, new_text));
      return;
    }
    if (field.message_type() == v1::Window::descriptor()) return compare_windows(here, before, after);
    if (field.is_repeated()) return compare_repeated(here, before, after, field);
    const Reflection* reflection = before.GetReflection();
    compare_message(here, reflection->GetMessage(before, &field), reflection->GetMessage(after, &field));
  }

  // A person reads the windows of an aggregation as one list.
  void compare_windows(const std::string& path, const Message& before, const Message& after) {
    std::string old_text = windows_text(static_cast<const v1::Aggregation&>(before));
    std::string new_text = windows_text(static_cast<const v1::Aggregation&>(after));
    if (old_text != new_text) add(path, arrow_text(old_text, new_text));
  }

  using Elements = std::vector<std::pair<std::string, const Message*>>;  // name (empty: none), element

  Elements elements_of(const Message& message, const FieldDescriptor& field, const FieldDescriptor* name) {
    const Reflection* reflection = message.GetReflection();
    Elements elements;
    for (int i = 0; i < reflection->FieldSize(message, &field); ++i) {
      const Message& element = reflection->GetRepeatedMessage(message, &field, i);
      elements.emplace_back(name == nullptr ? "" : element.GetReflection()->GetString(element, name), &element);
    }
    return elements;
  }

  static std::map<std::string, const Message*> by_name(const Elements& elements) {
    return {elements.begin(), elements.end()};
  }

  void compare_repeated(const std::string& path, const Message& before, const Message& after, const FieldDescriptor& field) {
    const FieldDescriptor* name = naming_field(field);
    Elements old_elements = elements_of(before, field, name), new_elements = elements_of(after, field, name);
    bool names_differ =
        by_name(old_elements).size() == old_elements.size() && by_name(new_elements).size() == new_elements.size();
    if (name != nullptr && names_differ) return compare_by_name(path, old_elements, new_elements);
    if (old_elements.size() == new_elements.size()) {
      for (size_t i = 0; i < old_elements.size(); ++i)
        compare_message(fmt::format("{}[{}]", path, i), *old_elements[i].second, *new_elements[i].second);
      return;
    }
    compare_as_sets(path, old_elements, new_elements);
  }

  void compare_by_name(const std::string& path, const Elements& before, const Elements& after) {
    std::map<std::string, const Message*> old_by_name = by_name(before), new_by_name = by_name(after);
    std::vector<std::string> old_order, new_order;  // of what is in both
    for (const auto& [name, element] : before) {
      auto kept = new_by_name.find(name);
      if (kept == new_by_name.end()) {
        add(joined(path, name), fmt::format("removed ({})", element_text(*element)));
      } else {
        old_order.push_back(name);
        compare_message(joined(path, name), *element, *kept->second);
      }
    }
    for (const auto& [name, element] : after) {
      if (old_by_name.contains(name))
        new_order.push_back(name);
      else
        add(joined(path, name), fmt::format("added ({})", element_text(*element)));
    }
    if (old_order != new_order)
      add(path, fmt::format("order {} -> {}", fmt::join(old_order, ", "), fmt::join(new_order, ", ")));
  }

  // With elements added or removed, positions say nothing: what is gone and what is new does.
  void compare_as_sets(const std::string& path, const Elements& before, const Elements& after) {
    auto texts = [](const Elements& elements) {
      std::multiset<std::string> all;
      for (const auto& [name, element] : elements) all.insert(element_text(*element));
      return all;
    };
    auto report = [&](const Elements& elements, std::multiset<std::string> others, const char* what) {
      for (size_t i = 0; i < elements.size(); ++i) {
        std::string text = element_text(*elements[i].second);
        auto match = others.find(text);
        if (match == others.end())
          add(fmt::format("{}[{}]", path, i), fmt::format("{} {}", what, text));
        else
          others.erase(match);
      }
    };
    report(before, texts(after), "removed");
    report(after, texts(before), "added");
  }

  void compare_map(const std::string& path, const Message& before, const Message& after, const FieldDescriptor& field) {
    std::map<std::string, std::string> old_texts = map_texts(before, field), new_texts = map_texts(after, field);
    std::set<std::string> keys;
    for (const auto& [key, text] : old_texts) keys.insert(key);
    for (const auto& [key, text] : new_texts) keys.insert(key);
    for (const std::string& key : keys) {
      std::string old_text = old_texts.contains(key) ? old_texts[key] : "(none)";
      std::string new_text = new_texts.contains(key) ? new_texts[key] : "(none)";
      if (old_text != new_text) add(joined(path, key), arrow_text(old_text, new_text));
    }
  }

  static std::map<std::string, std::string> map_texts(const Message& message, const FieldDescriptor& field) {
    const Reflection* reflection = message.GetReflection();
    const FieldDescriptor* key = field.message_type()->map_key();
    const FieldDescriptor* value = field.message_type()->map_value();
    std::map<std::string, std::string> texts;
    for (int i = 0; i < reflection->FieldSize(message, &field); ++i) {
      const Message& entry = reflection->GetRepeatedMessage(message, &field, i);
      const Reflection* entry_reflection = entry.GetReflection();
      texts[entry_reflection->GetString(entry, key)] =
          value->cpp_type() == FieldDescriptor::CPPTYPE_STRING
              ? entry_reflection->GetString(entry, value)
              : value_text(static_cast<const v1::Value&>(entry_reflection->GetMessage(entry, value)));
    }
    return texts;
  }

  const FieldDescriptor* top_field_ = nullptr;
  std::vector<FieldDifference> found_;
};

}  // namespace

std::vector<FieldDifference> differences(const Message& before, const Message& after) {
  return Differ().compare(before, after);
}

}  // namespace gnomon
