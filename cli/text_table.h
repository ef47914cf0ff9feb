// Tables for people: aligned columns, numbers to the right.
#pragma once

#include <string>
#include <vector>

namespace gnomon::cli {

class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) : header_(std::move(header)) {}
  // REQUIRES: as many cells as the header has.
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  // Control characters in cells are shown as spaces; the last column is not padded.
  std::string text() const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

// "328521" -> "328,521"
std::string with_thousands(int64_t number);

}  // namespace gnomon::cli
