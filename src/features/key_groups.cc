#include "features/key_groups.h"

#include <arrow/array.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "features/key_codes.h"

namespace gnomon {
namespace {

using arrow::Type;

// Calls fn(value_of) with an accessor int64(row) fitting the column's type.
template <class Fn>
void with_int_values(const arrow::Array& column, Fn&& fn) {
  switch (column.type_id()) {
    case Type::INT32: {
      const int32_t* values = static_cast<const arrow::Int32Array&>(column).raw_values();
      return fn([values](int64_t i) { return static_cast<int64_t>(values[i]); });
    }
    case Type::BOOL: {
      const auto& bits = static_cast<const arrow::BooleanArray&>(column);
      return fn([&bits](int64_t i) { return static_cast<int64_t>(bits.Value(i)); });
    }
    default: {
      // Int64 and UnixTimestamp share a layout.
      const int64_t* values = column.data()->GetValues<int64_t>(1);
      return fn([values](int64_t i) { return values[i]; });
    }
  }
}

bool is_text(const arrow::Array& column) { return column.type_id() == Type::STRING || column.type_id() == Type::BINARY; }

void erase_nulls(const arrow::Array& column, std::vector<int32_t>* codes) {
  if (column.null_count() == 0) return;
  for (int64_t i = 0; i < column.length(); ++i) {
    if (column.IsNull(i)) (*codes)[static_cast<size_t>(i)] = kNoCode;
  }
}

uint64_t pair_of(int32_t left, int32_t right) {
  return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
}

}  // namespace

class KeyColumnCodes {
 public:
  explicit KeyColumnCodes(int64_t expected) : ints_(expected), texts_(expected) {}

  void insert(const arrow::Array& column, std::vector<int32_t>* codes) {
    codes->assign(static_cast<size_t>(column.length()), kNoCode);
    if (is_text(column)) {
      const auto& texts = static_cast<const arrow::BinaryArray&>(column);
      for (int64_t i = 0; i < texts.length(); ++i) {
        if (texts.IsValid(i)) (*codes)[static_cast<size_t>(i)] = texts_.insert(texts.GetView(i));
      }
      return;
    }
    with_int_values(column, [&](auto value_of) {
      for (int64_t i = 0; i < column.length(); ++i) {
        if (column.IsValid(i)) (*codes)[static_cast<size_t>(i)] = ints_.insert(value_of(i));
      }
    });
    ints_.finish();
  }

  void find(const arrow::Array& column, std::vector<int32_t>* codes) const {
    codes->resize(static_cast<size_t>(column.length()));
    if (is_text(column)) {
      const auto& texts = static_cast<const arrow::BinaryArray&>(column);
      texts_.find(
          texts.length(), [&texts](int64_t i) { return texts.GetView(i); }, codes->data());
    } else {
      with_int_values(column, [&](auto value_of) { ints_.find(column.length(), value_of, codes->data()); });
    }
    erase_nulls(column, codes);
  }

  // Codes of a dictionary column: its distinct values are looked up once as long as the dictionary stays the same.
  void find_dictionary(const arrow::DictionaryArray& column, int column_number, KeyGroups::Scratch* scratch,
                       std::vector<int32_t>* codes) const {
    if (scratch->dictionary != column.dictionary() || scratch->dictionary_column != column_number) {
      find(*column.dictionary(), &scratch->dictionary_codes);
      scratch->dictionary = column.dictionary();
      scratch->dictionary_column = column_number;
    }
    codes->resize(static_cast<size_t>(column.length()));
    const int32_t* of_value = scratch->dictionary_codes.data();
    if (column.indices()->type_id() == Type::INT32) {
      const int32_t* indices = static_cast<const arrow::Int32Array&>(*column.indices()).raw_values();
      for (int64_t i = 0; i < column.length(); ++i)
        (*codes)[static_cast<size_t>(i)] = column.IsValid(i) ? of_value[indices[i]] : kNoCode;
      return;
    }
    for (int64_t i = 0; i < column.length(); ++i)
      (*codes)[static_cast<size_t>(i)] = column.IsValid(i) ? of_value[column.GetValueIndex(i)] : kNoCode;
  }

 private:
  IntCodes ints_;
  TextCodes texts_;
};

struct KeyGroups::Pairs {
  explicit Pairs(int64_t expected) : codes(expected) {}
  IntCodes codes;
};

KeyGroups::KeyGroups() = default;
KeyGroups::~KeyGroups() = default;
KeyGroups::KeyGroups(KeyGroups&&) noexcept = default;

Result<KeyGroups> KeyGroups::build(const arrow::ArrayVector& columns, std::vector<int32_t>* groups) {
  GN_ASSERT(!columns.empty());
  if (columns.front()->length() >= INT32_MAX) {
    return Status(Code::kResourceExhausted, "GN504", fmt::format("{} entity rows in one call", columns.front()->length()),
                  "Ask for fewer than 2^31 rows at a time");
  }
  KeyGroups result;
  std::vector<int32_t> codes;
  for (size_t c = 0; c < columns.size(); ++c) {
    result.columns_.push_back(std::make_unique<KeyColumnCodes>(16));
    result.columns_.back()->insert(*columns[c], c == 0 ? groups : &codes);
    if (c == 0) continue;
    result.pairs_.push_back(std::make_unique<Pairs>(16));
    IntCodes& pairs = result.pairs_.back()->codes;
    for (size_t i = 0; i < groups->size(); ++i) {
      int32_t& group = (*groups)[i];
      group =
          group == kNoCode || codes[i] == kNoCode ? kNoCode : pairs.insert(static_cast<int64_t>(pair_of(group, codes[i])));
    }
    pairs.finish();
  }
  for (int32_t group : *groups) result.group_count_ = std::max(result.group_count_, group + 1);
  return result;
}

void KeyGroups::find(const arrow::ArrayVector& columns, Scratch* scratch, std::vector<int32_t>* groups) const {
  for (size_t c = 0; c < columns.size(); ++c) {
    std::vector<int32_t>* codes = c == 0 ? groups : &scratch->codes;
    if (columns[c]->type_id() == Type::DICTIONARY) {
      columns_[c]->find_dictionary(static_cast<const arrow::DictionaryArray&>(*columns[c]), static_cast<int>(c), scratch,
                                   codes);
    } else {
      columns_[c]->find(*columns[c], codes);
    }
    if (c == 0) continue;
    std::vector<int32_t>& left = *groups;
    const std::vector<int32_t>& right = *codes;
    // A pair with an unknown half is looked up as -1 and then erased: branch-free, and rare.
    std::vector<int32_t> folded(left.size());
    pairs_[c - 1]->codes.find(
        static_cast<int64_t>(left.size()),
        [&](int64_t i) {
          return static_cast<int64_t>(pair_of(left[static_cast<size_t>(i)], right[static_cast<size_t>(i)]));
        },
        folded.data());
    for (size_t i = 0; i < left.size(); ++i) left[i] = left[i] == kNoCode || right[i] == kNoCode ? kNoCode : folded[i];
  }
}

}  // namespace gnomon
