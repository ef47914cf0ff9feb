#include "cli/text_table.h"

#include <algorithm>
#include <cstdint>

namespace gnomon::cli {
namespace {

constexpr const char* kGap = "  ";

// Code points, which is columns for all but East Asian and combining characters.
size_t width_of(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

bool looks_numeric(const std::string& cell) {
  return cell.empty() || cell == "null" ||
         (cell.find_first_not_of("0123456789.,-+e") == std::string::npos &&
          cell.find_first_of("0123456789") != std::string::npos);
}

std::string printable(std::string cell) {
  std::replace_if(
      cell.begin(), cell.end(), [](unsigned char byte) { return byte < 0x20 || byte == 0x7F; }, ' ');
  return cell;
}

}  // namespace

std::string TextTable::text() const {
  std::vector<size_t> widths;
  std::vector<bool> to_right;
  for (size_t column = 0; column < header_.size(); ++column) {
    widths.push_back(width_of(header_[column]));
    for (const auto& row : rows_) widths[column] = std::max(widths[column], width_of(row[column]));
    to_right.push_back(!rows_.empty() &&
                       std::all_of(rows_.begin(), rows_.end(), [&](const auto& row) { return looks_numeric(row[column]); }));
  }
  std::string out;
  auto append = [&](const std::vector<std::string>& row) {
    for (size_t column = 0; column < row.size(); ++column) {
      std::string padding(widths[column] - width_of(row[column]), ' ');
      bool last = column + 1 == row.size();
      out += to_right[column] ? padding + printable(row[column]) : printable(row[column]) + (last ? "" : padding);
      if (!last) out += kGap;
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  };
  append(header_);
  for (const auto& row : rows_) append(row);
  return out;
}

std::string with_thousands(int64_t number) {
  std::string digits = std::to_string(number);
  size_t first = number < 0 ? 1 : 0;
  for (size_t at = digits.size(); at > first + 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

}  // namespace gnomon::cli
