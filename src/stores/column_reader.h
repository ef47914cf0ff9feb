// A column of a batch as raw buffers, resolved once a batch, so that encoders loop over values without virtual calls.
// Ownership: points into the array's buffers, which must outlive it.
// Thread-safety: a value.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include <arrow/array/data.h>
#include <arrow/type_fwd.h>
#include <arrow/util/bit_util.h>

namespace gnomon {

// How a value lies in memory. Floats, integers and times of one width share a layout: their bits are stored as they are.
enum class ValueLayout : uint8_t { kBool, kFixed4, kFixed8, kBytes, kList };

// Nothing for a type that is no feature type (gnomon/types.h).
std::optional<ValueLayout> value_layout_of(const arrow::DataType& type);

struct ColumnReader {
  ValueLayout layout = ValueLayout::kFixed8;
  const uint8_t* validity = nullptr;  // null: no nulls
  const uint8_t* values = nullptr;
  const int32_t* offsets = nullptr;     // kBytes and kList
  int64_t offset = 0;                   // of row 0 in the buffers
  std::unique_ptr<ColumnReader> items;  // kList

  // REQUIRES: the column's type has a layout.
  static ColumnReader of(const arrow::ArrayData& data);

  bool is_valid(int64_t row) const { return validity == nullptr || arrow::bit_util::GetBit(validity, offset + row); }
  bool bool_at(int64_t row) const { return arrow::bit_util::GetBit(values, offset + row); }
  std::string_view bytes_at(int64_t row) const {
    int32_t start = offsets[offset + row];
    return {reinterpret_cast<const char*>(values) + start, static_cast<size_t>(offsets[offset + row + 1] - start)};
  }
  template <class Word>
  Word word_at(int64_t row) const {
    Word word;
    std::memcpy(&word, values + (offset + row) * static_cast<int64_t>(sizeof(Word)), sizeof word);
    return word;
  }
};

}  // namespace gnomon
