// in_set: the value is one of those listed. 1 equals 1.0, a null in the list means nothing, NaN equals NaN.
#include <cmath>
#include <limits>
#include <unordered_set>

#include <fmt/format.h>

#include "base/time_text.h"
#include "quality/check_params.h"
#include "quality/column_scan.h"
#include "quality/expectation.h"
#include "quality/time_unit.h"

namespace gnomon {
namespace {

enum class Kind : uint8_t { kNumber, kText, kBool, kOther };

Kind kind_of(const v1::Value& value) {
  if (is_number(value)) return Kind::kNumber;
  if (value.kind_case() == v1::Value::kStringValue) return Kind::kText;
  return value.kind_case() == v1::Value::kBoolValue ? Kind::kBool : Kind::kOther;
}

std::vector<const v1::Value*> listed_values(const v1::Check& check) {
  std::vector<const v1::Value*> values;
  for (const v1::Value& value : find_param(check, "values")->list_value().values()) {
    if (value.kind_case() != v1::Value::KIND_NOT_SET) values.push_back(&value);
  }
  return values;
}

Status check_params(const v1::Check& check) {
  const v1::Value* list = find_param(check, "values");
  if (list == nullptr || list->kind_case() != v1::Value::kListValue) return bad_check(check, "values must be a list");
  std::vector<const v1::Value*> values = listed_values(check);
  if (values.empty()) return bad_check(check, "values holds no value");
  Kind kind = kind_of(*values[0]);
  if (kind == Kind::kOther) return bad_check(check, "values must be numbers, strings or booleans");
  for (const v1::Value* value : values) {
    if (kind_of(*value) != kind)
      return bad_check(check, fmt::format("values mixes kinds: {} and {}", param_text(*values[0]), param_text(*value)));
  }
  return Status();
}

// The listed number as a T, if a T can be equal to it. Through long double, which holds every int64, uint64 and double.
template <class T>
std::optional<T> as_column_value(const v1::Value& value) {
  bool is_int = value.kind_case() == v1::Value::kIntValue;
  long double exact = is_int ? static_cast<long double>(value.int_value()) : static_cast<long double>(value.float_value());
  if constexpr (std::is_integral_v<T>) {
    if (!(exact >= static_cast<long double>(std::numeric_limits<T>::lowest()) &&
          exact <= static_cast<long double>(std::numeric_limits<T>::max()))) {
      return std::nullopt;
    }
  }
  T converted = static_cast<T>(exact);
  return static_cast<long double>(converted) == exact ? std::optional<T>(converted) : std::nullopt;
}

// A few values are compared one after the other; more are hashed.
template <class T>
void scan_members(const arrow::ChunkedArray& column, const std::vector<T>& members, bool nan_is_member, Verdict* verdict) {
  constexpr size_t kFewMembers = 8;
  auto also_nan = [nan_is_member](T value) { return nan_is_member & (value != value); };
  if (members.size() <= kFewMembers) {
    scan_fixed_width<T>(
        column,
        [&](T value) {
          bool found = also_nan(value);
          for (T member : members) found |= value == member;
          return found;
        },
        verdict);
    return;
  }
  std::unordered_set<T> set(members.begin(), members.end());
  scan_fixed_width<T>(
      column, [&](T value) { return also_nan(value) || set.contains(value); }, verdict);
}

Verdict numbers_in_set(const arrow::ChunkedArray& column, const std::vector<const v1::Value*>& values) {
  Verdict verdict;
  visit_number_type(column.type()->id(), [&](auto tag) {
    using T = decltype(tag);
    std::vector<T> members;
    bool nan_is_member = false;
    for (const v1::Value* value : values) {
      nan_is_member |= is_nan(*value);
      if (std::optional<T> member = as_column_value<T>(*value)) members.push_back(*member);
    }
    scan_members<T>(column, members, nan_is_member, &verdict);
  });
  return verdict;
}

Result<Verdict> times_in_set(const arrow::ChunkedArray& column, const TimeUnit& unit,
                             const std::vector<const v1::Value*>& values) {
  std::vector<int64_t> members;
  for (const v1::Value* value : values) {
    GN_ASSIGN(TimeUs time, parse_time(value->string_value()));
    members.push_back(time);
  }
  std::unordered_set<int64_t> set(members.begin(), members.end());
  // Ticks become microseconds, floored; what would not fit in 64 bits equals no time that can be written.
  auto is_good = [&](int64_t tick) {
    int64_t us = tick / unit.ticks_per_us - (tick % unit.ticks_per_us < 0 ? 1 : 0);
    return !__builtin_mul_overflow(us, unit.us_per_tick, &us) && set.contains(us);
  };
  Verdict verdict;
  if (unit.days32)
    scan_fixed_width<int32_t>(column, is_good, &verdict);
  else
    scan_fixed_width<int64_t>(column, is_good, &verdict);
  return verdict;
}

Verdict texts_in_set(const arrow::ChunkedArray& column, const std::vector<const v1::Value*>& values) {
  std::unordered_set<std::string_view> set;
  for (const v1::Value* value : values) set.insert(value->string_value());
  Verdict verdict;
  scan_texts(
      column, [&](std::string_view text) { return set.contains(text); }, &verdict);
  return verdict;
}

Verdict bools_in_set(const arrow::ChunkedArray& column, const std::vector<const v1::Value*>& values) {
  bool member[2] = {false, false};
  for (const v1::Value* value : values) member[value->bool_value() ? 1 : 0] = true;
  Verdict verdict;
  scan_array<arrow::BooleanArray>(
      column, [](const auto& array, int64_t i) { return array.Value(i); }, [&](bool value) { return member[value ? 1 : 0]; },
      &verdict);
  return verdict;
}

Result<Verdict> evaluate(std::span<const CheckedColumn> columns, const v1::Check& check) {
  const CheckedColumn& column = columns[0];
  arrow::Type::type id = column.values->type()->id();
  std::vector<const v1::Value*> values = listed_values(check);
  Kind kind = kind_of(*values[0]);
  if (id == arrow::Type::NA) return Verdict{};
  if (kind == Kind::kNumber && (arrow::is_integer(id) || id == arrow::Type::FLOAT || id == arrow::Type::DOUBLE))
    return numbers_in_set(*column.values, values);
  if (kind == Kind::kBool && id == arrow::Type::BOOL) return bools_in_set(*column.values, values);
  std::optional<TimeUnit> unit = time_unit_of(*column.values->type());
  if (kind == Kind::kText && unit.has_value()) return times_in_set(*column.values, *unit, values);
  if (kind == Kind::kText && is_text_type(id)) return texts_in_set(*column.values, values);
  return unfit_type(column, kind == Kind::kNumber ? "numbers, as listed"
                            : kind == Kind::kBool ? "booleans, as listed"
                                                  : "strings or times, as listed");
}

}  // namespace

Expectation in_set_expectation() {
  Expectation expectation;
  expectation.info = {
      "in_set",
      {"values"},
      "Every value is one of those listed; 1 equals 1.0.",
      {R"({"type": "in_set", "columns": ["origin"], "params": {"values": {"list_value": {"values": [{"string_value": "EWR"}, {"string_value": "JFK"}]}}}})",
       "String",
       R"(["EWR", "LGA", null, "JFK"])",
       {1}}};
  expectation.check_params = check_params;
  expectation.evaluate = evaluate;
  return expectation;
}

}  // namespace gnomon
