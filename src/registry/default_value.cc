#include "registry/default_value.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include <arrow/type.h>

#include "base/time_text.h"

namespace gnomon {
namespace {

// Integers up to this size are doubles (floats) without rounding.
constexpr int64_t kExactInDouble = int64_t{1} << 53;
constexpr int64_t kExactInFloat = int64_t{1} << 24;

bool fits_float(const v1::Value& value, int64_t exact_integers, bool is_single) {
  if (value.kind_case() == v1::Value::kIntValue)
    return value.int_value() >= -exact_integers && value.int_value() <= exact_integers;
  if (value.kind_case() != v1::Value::kFloatValue) return false;
  double number = value.float_value();
  return !is_single || !std::isfinite(number) || std::abs(number) <= std::numeric_limits<float>::max();
}

bool fits_int32(const v1::Value& value) {
  return value.kind_case() == v1::Value::kIntValue && value.int_value() >= INT32_MIN && value.int_value() <= INT32_MAX;
}

}  // namespace

bool fits_type(const v1::Value& value, const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::INT32: return fits_int32(value);
    case arrow::Type::INT64: return value.kind_case() == v1::Value::kIntValue;
    case arrow::Type::FLOAT: return fits_float(value, kExactInFloat, true);
    case arrow::Type::DOUBLE: return fits_float(value, kExactInDouble, false);
    case arrow::Type::BOOL: return value.kind_case() == v1::Value::kBoolValue;
    case arrow::Type::STRING:
    case arrow::Type::BINARY: return value.kind_case() == v1::Value::kStringValue;
    case arrow::Type::TIMESTAMP:
      return value.kind_case() == v1::Value::kStringValue && parse_time(value.string_value()).ok();
    case arrow::Type::LIST: {
      if (value.kind_case() != v1::Value::kListValue) return false;
      const auto& items = value.list_value().values();
      const arrow::DataType& item = *type.field(0)->type();
      return std::all_of(items.begin(), items.end(), [&](const v1::Value& one) { return fits_type(one, item); });
    }
    default: return false;
  }
}

}  // namespace gnomon
