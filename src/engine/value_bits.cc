#include "engine/value_bits.h"

#include <cstring>

#include <arrow/api.h>

namespace gnomon {
namespace {

template <class Array>
bool same_numbers(const arrow::Array& a, int64_t row_of_a, const arrow::Array& b, int64_t row_of_b) {
  const auto left = static_cast<const Array&>(a).Value(row_of_a);
  const auto right = static_cast<const Array&>(b).Value(row_of_b);
  return std::memcmp(&left, &right, sizeof left) == 0;
}

bool same_lists(const arrow::ListArray& a, int64_t row_of_a, const arrow::ListArray& b, int64_t row_of_b) {
  if (a.value_length(row_of_a) != b.value_length(row_of_b)) return false;
  for (int64_t item = 0; item < a.value_length(row_of_a); ++item) {
    if (!same_bits(*a.values(), a.value_offset(row_of_a) + item, *b.values(), b.value_offset(row_of_b) + item)) return false;
  }
  return true;
}

}  // namespace

bool same_bits(const arrow::Array& a, int64_t row_of_a, const arrow::Array& b, int64_t row_of_b) {
  if (a.type_id() != b.type_id()) return false;
  if (a.IsNull(row_of_a) || b.IsNull(row_of_b)) return a.IsNull(row_of_a) && b.IsNull(row_of_b);
  switch (a.type_id()) {
    case arrow::Type::DOUBLE: return same_numbers<arrow::DoubleArray>(a, row_of_a, b, row_of_b);
    case arrow::Type::FLOAT: return same_numbers<arrow::FloatArray>(a, row_of_a, b, row_of_b);
    case arrow::Type::LIST:
      return same_lists(static_cast<const arrow::ListArray&>(a), row_of_a, static_cast<const arrow::ListArray&>(b),
                        row_of_b);
    default: return a.type()->Equals(b.type()) && a.RangeEquals(b, row_of_a, row_of_a + 1, row_of_b);
  }
}

}  // namespace gnomon
