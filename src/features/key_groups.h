// KeyGroups: join keys to dense group numbers, and back by hashing once a value.
//
// Built from the entity rows (few), then asked for the rows of a history (many). Keys of several columns are folded column by
// column: each column's value becomes a dense code, and pairs of codes become the next code, so that (1, 11) and (11, 1) or
// ("a", "bc") and ("ab", "c") never meet. A dictionary column is looked up once a distinct value.
// Thread-safety: build once, then `find` from any number of threads, each with its own Scratch.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <arrow/type_fwd.h>

#include "gnomon/status.h"

namespace gnomon {

inline constexpr int32_t kNoGroup = -1;

class KeyColumnCodes;

class KeyGroups {
 public:
  // Per-thread memory, reused from batch to batch.
  struct Scratch {
    std::vector<int32_t> codes;
    std::vector<int32_t> dictionary_codes;
    std::shared_ptr<arrow::Array> dictionary;  // that dictionary_codes belong to
    int dictionary_column = -1;
  };

  KeyGroups();
  ~KeyGroups();
  KeyGroups(KeyGroups&&) noexcept;

  // Assigns group numbers 0, 1, … to the distinct keys of `columns` in order of appearance; `groups` gets one number a row,
  // kNoGroup where any key is null. REQUIRES: at least one column, all of equal length, types of OnlineViewSpec::keys.
  static Result<KeyGroups> build(const arrow::ArrayVector& columns, std::vector<int32_t>* groups);

  int32_t group_count() const { return group_count_; }

  // One group number a row, kNoGroup for keys that were not in the build or are null.
  // REQUIRES: columns as in build, in the same order and of the same types (or dictionaries of them).
  void find(const arrow::ArrayVector& columns, Scratch* scratch, std::vector<int32_t>* groups) const;

 private:
  struct Pairs;
  std::vector<std::unique_ptr<KeyColumnCodes>> columns_;
  std::vector<std::unique_ptr<Pairs>> pairs_;
  int32_t group_count_ = 0;
};

}  // namespace gnomon
