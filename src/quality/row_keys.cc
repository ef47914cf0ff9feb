#include "quality/row_keys.h"

#include <bit>
#include <cmath>

#include <arrow/array.h>

#include "base/hash.h"
#include "quality/column_scan.h"
#include "quality/time_unit.h"

namespace gnomon {
namespace {

// The finalizer of SplitMix64 (Steele, Lea, Flood 2014): every bit of the input moves every bit of the output.
uint64_t mix(uint64_t word) {
  word += 0x9e3779b97f4a7c15;
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
  word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
  return word ^ (word >> 31);
}

template <class T>
uint64_t word_of(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(value)) return 0x7ff8000000000000;
    return std::bit_cast<uint64_t>(static_cast<double>(value) + 0.0);  // + 0.0 turns -0.0 into 0.0
  } else {
    return static_cast<uint64_t>(value);
  }
}

template <class T>
std::vector<uint64_t> words_of(const arrow::ChunkedArray& column) {
  std::vector<uint64_t> words;
  words.reserve(static_cast<size_t>(column.length()));
  for (const std::shared_ptr<arrow::Array>& chunk : column.chunks()) {
    const T* values = chunk->data()->GetValues<T>(1);
    for (int64_t i = 0; i < chunk->length(); ++i) words.push_back(word_of(values[i]));
  }
  return words;
}

std::vector<uint64_t> words_of_bools(const arrow::ChunkedArray& column) {
  std::vector<uint64_t> words;
  words.reserve(static_cast<size_t>(column.length()));
  for (const std::shared_ptr<arrow::Array>& chunk : column.chunks()) {
    const auto& values = static_cast<const arrow::BooleanArray&>(*chunk);
    for (int64_t i = 0; i < values.length(); ++i) words.push_back(values.Value(i) ? 1 : 0);
  }
  return words;
}

template <class ArrayType>
std::vector<std::string_view> texts_of(const arrow::ChunkedArray& column) {
  std::vector<std::string_view> texts;
  texts.reserve(static_cast<size_t>(column.length()));
  for (const std::shared_ptr<arrow::Array>& chunk : column.chunks()) {
    const auto& values = static_cast<const ArrayType&>(*chunk);
    for (int64_t i = 0; i < values.length(); ++i) texts.push_back(values.GetView(i));
  }
  return texts;
}

}  // namespace

void RowKeys::add_words(std::vector<uint64_t> words) {
  for (size_t row = 0; row < words.size(); ++row) hashes_[row] = mix(hashes_[row] ^ words[row]);
  columns_.push_back({std::move(words), {}});
}

void RowKeys::add_texts(std::vector<std::string_view> texts) {
  for (size_t row = 0; row < texts.size(); ++row) hashes_[row] = mix(hashes_[row] ^ hash64(texts[row]));
  columns_.push_back({{}, std::move(texts)});
}

Result<RowKeys> RowKeys::build(std::span<const CheckedColumn> columns) {
  RowKeys keys;
  size_t rows = static_cast<size_t>(columns[0].values->length());
  keys.hashes_.assign(rows, 0);
  keys.counted_.assign(rows, 1);
  for (const CheckedColumn& column : columns) {
    const arrow::ChunkedArray& values = *column.values;
    arrow::Type::type id = values.type()->id();
    size_t first_row = 0;
    for (const std::shared_ptr<arrow::Array>& chunk : values.chunks()) {
      for (int64_t i = 0; chunk->null_count() > 0 && i < chunk->length(); ++i) {
        if (chunk->IsNull(i)) keys.counted_[first_row + static_cast<size_t>(i)] = 0;
      }
      first_row += static_cast<size_t>(chunk->length());
    }
    if (id == arrow::Type::NA) continue;  // no row is counted
    if (visit_number_type(id, [&](auto tag) { keys.add_words(words_of<decltype(tag)>(values)); })) continue;
    std::optional<TimeUnit> unit = time_unit_of(*values.type());
    if (unit.has_value())
      keys.add_words(unit->days32 ? words_of<int32_t>(values) : words_of<int64_t>(values));
    else if (id == arrow::Type::BOOL)
      keys.add_words(words_of_bools(values));
    else if (arrow::is_large_binary_like(id))
      keys.add_texts(texts_of<arrow::LargeBinaryArray>(values));
    else if (is_text_type(id))
      keys.add_texts(texts_of<arrow::BinaryArray>(values));
    else
      return unfit_type(column, "numbers, strings, bytes, booleans or times");
  }
  return keys;
}

bool RowKeys::equal(int64_t a, int64_t b) const {
  size_t left = static_cast<size_t>(a);
  size_t right = static_cast<size_t>(b);
  for (const KeyColumn& column : columns_) {
    bool same = column.texts.empty() ? column.words[left] == column.words[right] : column.texts[left] == column.texts[right];
    if (!same) return false;
  }
  return true;
}

}  // namespace gnomon
