// A request body of Feast's as its members: untrusted bytes in, checked JSON of the few shapes a member can have out.
//
// A body is an object whose members are scalars, lists of text, or objects of columns. Anything else ends the parse where it
// is met, so that no body costs more than about ten bytes of memory for each of its own.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gnomon/status.h"

namespace gnomon {

enum class CellKind : uint8_t { kNull, kBool, kInt, kFloat, kText, kList };

// Values of mixed kinds, packed. REQUIRES of the readers: the cell has that kind.
class Cells {
 public:
  size_t size() const { return kinds_.size(); }
  CellKind kind(size_t cell) const { return kinds_[cell]; }
  bool boolean(size_t cell) const { return bits_[cell] != 0; }
  int64_t integer(size_t cell) const { return bits_[cell]; }
  double floating(size_t cell) const;
  std::string_view text(size_t cell) const;
  std::pair<size_t, size_t> list(size_t cell) const;  // [begin, end) in the cells that hold the lists' members

  void add_null() { add(CellKind::kNull, 0); }
  void add_boolean(bool value) { add(CellKind::kBool, value ? 1 : 0); }
  void add_integer(int64_t value) { add(CellKind::kInt, value); }
  void add_floating(double value);
  void add_text(std::string_view text);
  void begin_list(size_t begin);
  void end_list(size_t end);  // of the last cell

 private:
  void add(CellKind kind, int64_t bits);

  std::vector<CellKind> kinds_;
  std::vector<int64_t> bits_;  // the value, or where it is: two 32-bit numbers, which a body's size fits in
  std::string texts_;
};

struct ColumnCells {
  std::string name;
  Cells cells;
  Cells members;  // of the cells that are lists, one after the other
};

enum class MemberKind : uint8_t { kNull, kBool, kNumber, kText, kTexts, kColumns };

struct Member {
  std::string name;
  MemberKind kind = MemberKind::kNull;
  bool flag = false;                 // kBool
  std::optional<int64_t> integer;    // kNumber; absent: it has a fraction or is too large
  std::string text;                  // kText
  std::vector<std::string> texts;    // kTexts
  std::vector<ColumnCells> columns;  // kColumns
};

// ERRORS: GN610 not JSON or not UTF-8; GN611 no object, a member that is not among `known` or there twice, or of no such
// shape; GN612 a cell that is no value (an object, a list in a list, an integer outside int64), naming column and row.
// REQUIRES: less than 4 GiB.
Result<std::vector<Member>> parse_members(std::string_view bytes, const std::vector<std::string_view>& known);

// The errors of a member and of a cell, for whoever reads on.
Status bad_member(const std::string& message, const std::string& hint = "");
Status bad_cell(const std::string& column, size_t row, const std::string& problem);

}  // namespace gnomon
