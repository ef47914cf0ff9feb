#include "quality/value_text.h"

#include <cmath>

#include <arrow/array.h>
#include <arrow/chunked_array.h>
#include <arrow/scalar.h>
#include <fmt/format.h>

#include "base/time_text.h"
#include "quality/column_scan.h"
#include "quality/time_unit.h"

namespace gnomon {
namespace {

template <class T>
std::string number_text(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
    return fmt::format("{}", value);
  } else {
    return fmt::format("{}", static_cast<std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>>(value));
  }
}

std::string time_value_text(const arrow::Array& values, int64_t i, const TimeUnit& unit) {
  int64_t tick = unit.days32 ? values.data()->GetValues<int32_t>(1)[i] : values.data()->GetValues<int64_t>(1)[i];
  int64_t us = tick / unit.ticks_per_us - (tick % unit.ticks_per_us < 0 ? 1 : 0);
  constexpr int64_t kYear9999Us = 253'402'300'799'999'999;
  constexpr int64_t kYear0Us = -62'167'219'200'000'000;
  if (__builtin_mul_overflow(us, unit.us_per_tick, &us) || us < kYear0Us || us > kYear9999Us) return fmt::format("{}", tick);
  return format_time(us);
}

std::string scalar_text(const arrow::Array& values, int64_t i) {
  arrow::Result<std::shared_ptr<arrow::Scalar>> scalar = values.GetScalar(i);
  return scalar.ok() ? (*scalar)->ToString() : scalar.status().message();
}

}  // namespace

bool has_value_text(const arrow::DataType& type) {
  return arrow::is_integer(type.id()) || type.id() == arrow::Type::FLOAT || type.id() == arrow::Type::DOUBLE ||
         type.id() == arrow::Type::BOOL || is_text_type(type.id()) || time_unit_of(type).has_value();
}

std::string value_text(const arrow::Array& values, int64_t i) {
  if (values.IsNull(i)) return "null";
  arrow::Type::type id = values.type_id();
  std::string text;
  if (visit_number_type(id, [&](auto tag) { text = number_text(values.data()->GetValues<decltype(tag)>(1)[i]); }))
    return text;
  if (id == arrow::Type::BOOL) return static_cast<const arrow::BooleanArray&>(values).Value(i) ? "true" : "false";
  if (arrow::is_large_binary_like(id)) return std::string(static_cast<const arrow::LargeBinaryArray&>(values).GetView(i));
  if (is_text_type(id)) return std::string(static_cast<const arrow::BinaryArray&>(values).GetView(i));
  if (std::optional<TimeUnit> unit = time_unit_of(*values.type())) return time_value_text(values, i, *unit);
  return scalar_text(values, i);
}

std::string value_text(const arrow::ChunkedArray& column, int64_t row) {
  for (const std::shared_ptr<arrow::Array>& chunk : column.chunks()) {
    if (row < chunk->length()) return value_text(*chunk, row);
    row -= chunk->length();
  }
  return "";
}

}  // namespace gnomon
