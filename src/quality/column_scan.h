// Loops over the chunks of a column that collect the rows whose value is not good. The predicate is a template argument,
// so there is no call per value; nulls are skipped.
// Thread-safety: pure functions.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include <arrow/array.h>
#include <arrow/chunked_array.h>
#include <arrow/type.h>

#include "quality/expectation.h"

namespace gnomon {

// Fixed-width values as T. Data is mostly good, so a block is first judged as a whole, without branches, and gone
// through value by value only when something in it is bad (or lies under a null, where values are arbitrary).
template <class T, class IsGood>
void scan_fixed_width(const arrow::ChunkedArray& column, IsGood is_good, Verdict* verdict) {
  constexpr int64_t kBlockRows = 1024;
  int64_t first_row = 0;
  for (const std::shared_ptr<arrow::Array>& chunk : column.chunks()) {
    const T* values = chunk->data()->GetValues<T>(1);
    for (int64_t start = 0; start < chunk->length(); start += kBlockRows) {
      int64_t end = std::min(start + kBlockRows, chunk->length());
      bool all_good = true;
      for (int64_t i = start; i < end; ++i) all_good &= is_good(values[i]);
      if (all_good) continue;
      for (int64_t i = start; i < end; ++i) {
        if (!is_good(values[i]) && chunk->IsValid(i)) verdict->unexpected.push_back(first_row + i);
      }
    }
    first_row += chunk->length();
    verdict->considered += chunk->length() - chunk->null_count();
  }
}

// Arrays that answer GetView(i) or Value(i) by `value_of`: strings, bytes, booleans.
template <class ArrayType, class ValueOf, class IsGood>
void scan_array(const arrow::ChunkedArray& column, ValueOf value_of, IsGood is_good, Verdict* verdict) {
  int64_t first_row = 0;
  for (const std::shared_ptr<arrow::Array>& chunk : column.chunks()) {
    const auto& values = static_cast<const ArrayType&>(*chunk);
    for (int64_t i = 0; i < values.length(); ++i) {
      if (values.IsValid(i) && !is_good(value_of(values, i))) verdict->unexpected.push_back(first_row + i);
    }
    first_row += chunk->length();
    verdict->considered += chunk->length() - chunk->null_count();
  }
}

// REQUIRES: is_text_type(column.type()->id()).
template <class IsGood>
void scan_texts(const arrow::ChunkedArray& column, IsGood is_good, Verdict* verdict) {
  auto view = [](const auto& values, int64_t i) { return values.GetView(i); };
  if (arrow::is_large_binary_like(column.type()->id())) {
    scan_array<arrow::LargeBinaryArray>(column, view, is_good, verdict);
  } else {
    scan_array<arrow::BinaryArray>(column, view, is_good, verdict);
  }
}

inline bool is_text_type(arrow::Type::type id) { return arrow::is_base_binary_like(id); }

// Calls visit(T{}) with the C type of an integer or floating column; false for other columns.
template <class Visit>
bool visit_number_type(arrow::Type::type id, Visit visit) {
  switch (id) {
    case arrow::Type::INT8: visit(int8_t{}); return true;
    case arrow::Type::INT16: visit(int16_t{}); return true;
    case arrow::Type::INT32: visit(int32_t{}); return true;
    case arrow::Type::INT64: visit(int64_t{}); return true;
    case arrow::Type::UINT8: visit(uint8_t{}); return true;
    case arrow::Type::UINT16: visit(uint16_t{}); return true;
    case arrow::Type::UINT32: visit(uint32_t{}); return true;
    case arrow::Type::UINT64: visit(uint64_t{}); return true;
    case arrow::Type::FLOAT: visit(float{}); return true;
    case arrow::Type::DOUBLE: visit(double{}); return true;
    default: return false;
  }
}

}  // namespace gnomon
