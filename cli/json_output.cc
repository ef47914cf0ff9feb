#include "cli/json_output.h"

#include <algorithm>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/text_table.h"

namespace gnomon::cli {
namespace {

using nlohmann::ordered_json;

std::string cell_of(const ordered_json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::string text;
  for (const auto& member : value) text += (text.empty() ? "" : ", ") + cell_of(member);
  return text;
}

bool is_flat(const ordered_json& value) {
  return !value.is_object() && (!value.is_array() || std::none_of(value.begin(), value.end(), [](const auto& member) {
    return member.is_structured();
  }));
}

bool is_empty(const ordered_json& value) {
  return value.is_null() || (value.is_structured() && value.empty()) ||
         (value.is_string() && value.get_ref<const std::string&>().empty());
}

void append_outline(std::string* out, const ordered_json& value, int depth) {
  const std::string indent(static_cast<size_t>(depth) * 2, ' ');
  if (value.is_array()) {
    for (const auto& member : value) {
      if (is_flat(member)) {
        *out += indent + "- " + cell_of(member) + "\n";
        continue;
      }
      size_t start = out->size();
      append_outline(out, member, depth + 1);
      if (out->size() > start) (*out)[start + indent.size()] = '-';
    }
    return;
  }
  for (const auto& [key, member] : value.items()) {
    if (is_empty(member)) continue;
    if (is_flat(member)) {
      *out += indent + key + ": " + cell_of(member) + "\n";
    } else {
      *out += indent + key + ":\n";
      append_outline(out, member, depth + 1);
    }
  }
}

}  // namespace

std::string rows_text(const std::string& json) {
  ordered_json rows = ordered_json::parse(json);
  std::vector<std::string> columns;
  for (const auto& row : rows) {
    for (const auto& [key, value] : row.items()) {
      if (std::find(columns.begin(), columns.end(), key) == columns.end()) columns.push_back(key);
    }
  }
  std::stable_partition(columns.begin(), columns.end(), [](const std::string& column) { return column == "name"; });
  TextTable table(columns);
  for (const auto& row : rows) {
    std::vector<std::string> cells;
    for (const std::string& column : columns) cells.push_back(row.contains(column) ? cell_of(row.at(column)) : "");
    table.add(std::move(cells));
  }
  return table.empty() ? "None." : table.text();
}

std::string outline_text(const std::string& json) {
  ordered_json value = ordered_json::parse(json);
  if (is_flat(value)) return cell_of(value);
  std::string out;
  append_outline(&out, value, 0);
  return out;
}

}  // namespace gnomon::cli
