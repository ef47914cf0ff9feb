#include "data/content_order.h"

#include <bit>
#include <cmath>
#include <limits>
#include <string_view>

#include <arrow/array.h>
#include <arrow/record_batch.h>

#include "gnomon/status.h"

namespace gnomon {
namespace {

// kAllEqual is the order itself; kByBits breaks the ties that it leaves.
enum class NanRule { kAllEqual, kByBits };

template <class T>
int three_way(T a, T b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

// Flips the bits so that integers sort as totalOrder sorts the floats.
template <class Signed, class Float>
Signed float_rank(Float value, NanRule rule) {
  using Unsigned = std::make_unsigned_t<Signed>;
  Signed bits = std::bit_cast<Signed>(value);
  if (std::isnan(value)) return rule == NanRule::kByBits ? bits : std::numeric_limits<Signed>::max();
  return bits >= 0
             ? bits
             : static_cast<Signed>(static_cast<Unsigned>(bits) ^ static_cast<Unsigned>(std::numeric_limits<Signed>::max()));
}

template <class ArrayType, class Signed>
int compare_floats(const arrow::Array& a, int64_t i, const arrow::Array& b, int64_t j, NanRule rule) {
  return three_way(float_rank<Signed>(static_cast<const ArrayType&>(a).Value(i), rule),
                   float_rank<Signed>(static_cast<const ArrayType&>(b).Value(j), rule));
}

template <class ArrayType>
int compare_values(const arrow::Array& a, int64_t i, const arrow::Array& b, int64_t j) {
  return three_way(static_cast<const ArrayType&>(a).Value(i), static_cast<const ArrayType&>(b).Value(j));
}

int compare_bytes(const arrow::Array& a, int64_t i, const arrow::Array& b, int64_t j) {
  // char_traits<char> compares as unsigned bytes.
  return static_cast<const arrow::BinaryArray&>(a).GetView(i).compare(static_cast<const arrow::BinaryArray&>(b).GetView(j));
}

int compare_cells(const arrow::Array& a, int64_t i, const arrow::Array& b, int64_t j, NanRule rule);

int compare_lists(const arrow::ListArray& a, int64_t i, const arrow::ListArray& b, int64_t j, NanRule rule) {
  int64_t length_a = a.value_length(i), length_b = b.value_length(j);
  for (int64_t k = 0; k < std::min(length_a, length_b); ++k) {
    int order = compare_cells(*a.values(), a.value_offset(i) + k, *b.values(), b.value_offset(j) + k, rule);
    if (order != 0) return order;
  }
  return three_way(length_a, length_b);
}

int compare_cells(const arrow::Array& a, int64_t i, const arrow::Array& b, int64_t j, NanRule rule) {
  bool null_a = a.IsNull(i), null_b = b.IsNull(j);
  if (null_a || null_b) return static_cast<int>(null_b) - static_cast<int>(null_a);
  switch (a.type_id()) {
    case arrow::Type::BOOL: return compare_values<arrow::BooleanArray>(a, i, b, j);
    case arrow::Type::INT32: return compare_values<arrow::Int32Array>(a, i, b, j);
    case arrow::Type::INT64: return compare_values<arrow::Int64Array>(a, i, b, j);
    case arrow::Type::TIMESTAMP: return compare_values<arrow::TimestampArray>(a, i, b, j);
    case arrow::Type::FLOAT: return compare_floats<arrow::FloatArray, int32_t>(a, i, b, j, rule);
    case arrow::Type::DOUBLE: return compare_floats<arrow::DoubleArray, int64_t>(a, i, b, j, rule);
    case arrow::Type::STRING:
    case arrow::Type::BINARY: return compare_bytes(a, i, b, j);
    case arrow::Type::LIST:
      return compare_lists(static_cast<const arrow::ListArray&>(a), i, static_cast<const arrow::ListArray&>(b), j, rule);
    default: break;
  }
  GN_ASSERT(!"a feature type has no content order");
  return 0;
}

}  // namespace

int compare_content(const arrow::RecordBatch& a, int64_t row_a, const arrow::RecordBatch& b, int64_t row_b,
                    std::span<const int> columns) {
  for (NanRule rule : {NanRule::kAllEqual, NanRule::kByBits}) {
    for (int column : columns) {
      int order = compare_cells(*a.column(column), row_a, *b.column(column), row_b, rule);
      if (order != 0) return order;
    }
  }
  return 0;
}

}  // namespace gnomon
