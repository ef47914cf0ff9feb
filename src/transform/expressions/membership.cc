#include "transform/expressions/membership.h"

#include <cmath>
#include <functional>
#include <string>
#include <unordered_set>

#include "transform/expressions/kernels.h"

namespace gnomon {
namespace {

constexpr double kTwoTo63 = 9223372036854775808.0;

// Lets a view be looked up without a copy.
struct BytesHash {
  using is_transparent = void;
  size_t operator()(std::string_view bytes) const { return std::hash<std::string_view>()(bytes); }
};
using BytesSet = std::unordered_set<std::string, BytesHash, std::equal_to<>>;

std::optional<int64_t> exact_integer(const arrow::Scalar& item) {
  if (item.type->id() == arrow::Type::INT64) return static_cast<const arrow::Int64Scalar&>(item).value;
  const double number = static_cast<const arrow::DoubleScalar&>(item).value;
  if (!(number >= -kTwoTo63 && number < kTwoTo63) || number != std::trunc(number)) return std::nullopt;
  return static_cast<int64_t>(number);
}

std::optional<double> exact_float(const arrow::Scalar& item) {
  if (item.type->id() == arrow::Type::DOUBLE) return static_cast<const arrow::DoubleScalar&>(item).value;
  const int64_t integer = static_cast<const arrow::Int64Scalar&>(item).value;
  const auto number = static_cast<double>(integer);
  if (number >= kTwoTo63 || static_cast<int64_t>(number) != integer) return std::nullopt;
  return number;
}

// The set's own == decides: IEEE's for floats, where NaN equals nothing and -0.0 equals 0.0.
template <class Type, class Set>
Kernel lookup(Set items) {
  auto set = std::make_shared<const Set>(std::move(items));  // shared: copies of the kernel look into one set
  return map_rows<arrow::BooleanType, Type>([set](auto value, bool* out) {
    *out = set->find(value) != set->end();
    return true;
  });
}

Kernel integer_membership(const std::vector<TypedNodePtr>& items) {
  std::unordered_set<int64_t> set;
  for (const TypedNodePtr& item : items) {
    if (std::optional<int64_t> value = exact_integer(*item->constant)) set.insert(*value);
  }
  return lookup<arrow::Int64Type>(std::move(set));
}

Kernel float_membership(const std::vector<TypedNodePtr>& items) {
  std::unordered_set<double> set;
  for (const TypedNodePtr& item : items) {
    std::optional<double> value = exact_float(*item->constant);
    if (value && !std::isnan(*value)) set.insert(*value);
  }
  return lookup<arrow::DoubleType>(std::move(set));
}

template <class Type>
Kernel bytes_membership(const std::vector<TypedNodePtr>& items) {
  BytesSet set;
  for (const TypedNodePtr& item : items) set.emplace(static_cast<const arrow::BaseBinaryScalar&>(*item->constant).view());
  return lookup<Type>(std::move(set));
}

template <class Type>
Kernel plain_membership(const std::vector<TypedNodePtr>& items) {
  std::unordered_set<typename Type::c_type> set;
  for (const TypedNodePtr& item : items)
    set.insert(static_cast<const typename arrow::TypeTraits<Type>::ScalarType&>(*item->constant).value);
  return lookup<Type>(std::move(set));
}

}  // namespace

Kernel membership(ValueType value, const std::vector<TypedNodePtr>& items) {
  switch (value) {
    case ValueType::kBool: return plain_membership<arrow::BooleanType>(items);
    case ValueType::kInt: return integer_membership(items);
    case ValueType::kFloat: return float_membership(items);
    case ValueType::kString: return bytes_membership<arrow::StringType>(items);
    case ValueType::kBytes: return bytes_membership<arrow::BinaryType>(items);
    case ValueType::kTime: return plain_membership<arrow::TimestampType>(items);
    default: break;
  }
  GN_ASSERT(false && "a type that is in no list");
}

}  // namespace gnomon
