// Tuples of several columns, laid out to be hashed and compared row by row without a call into Arrow.
// Thread-safety: immutable once built.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "gnomon/status.h"
#include "quality/checked_column.h"

namespace gnomon {

class RowKeys {
 public:
  // Keeps views into the columns' text: they must outlive this object. Takes 8 or 16 bytes a value and 9 a row.
  // REQUIRES: equally long columns, at least one. ERRORS: GN132 for a type that has no equality here.
  static Result<RowKeys> build(std::span<const CheckedColumn> columns);

  int64_t rows() const { return static_cast<int64_t>(hashes_.size()); }
  // Whether no column is null in this row.
  bool counted(int64_t row) const { return counted_[static_cast<size_t>(row)] != 0; }
  uint64_t hash(int64_t row) const { return hashes_[static_cast<size_t>(row)]; }
  // REQUIRES: counted(a) && counted(b)
  bool equal(int64_t a, int64_t b) const;

 private:
  // One of the two is filled. Words: the value's bits, the same for values that are equal.
  struct KeyColumn {
    std::vector<uint64_t> words;
    std::vector<std::string_view> texts;
  };

  void add_words(std::vector<uint64_t> words);
  void add_texts(std::vector<std::string_view> texts);

  std::vector<KeyColumn> columns_;
  std::vector<uint64_t> hashes_;
  std::vector<uint8_t> counted_;
};

}  // namespace gnomon
