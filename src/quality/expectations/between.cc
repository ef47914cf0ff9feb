// between: min <= value <= max, an end left out is open. Numbers compare exactly whatever their types, times against ISO
// text, strings bytewise. NaN is a value and lies nowhere.
#include <fmt/format.h>

#include "base/time_text.h"
#include "quality/check_params.h"
#include "quality/column_scan.h"
#include "quality/expectation.h"
#include "quality/value_range.h"

namespace gnomon {
namespace {

bool is_text(const v1::Value& value) { return value.kind_case() == v1::Value::kStringValue; }

Bound bound_of(const v1::Check& check, const std::string& name) {
  return {find_param(check, name), flag_of(check, "strict_" + name)};
}

Status check_flag(const v1::Check& check, const std::string& name) {
  const v1::Value* flag = find_param(check, name);
  if (flag == nullptr || flag->kind_case() == v1::Value::kBoolValue) return Status();
  return bad_check(check, name + " must be true or false");
}

Status check_bound(const v1::Check& check, const std::string& name) {
  const v1::Value* value = find_param(check, name);
  if (value == nullptr || ((is_number(*value) || is_text(*value)) && !is_nan(*value))) return Status();
  return bad_check(check, name + " must be a number, a time as ISO 8601 text, or a string");
}

// Whether the ends leave nothing between them, as far as the parameters tell: text may be times or strings.
bool crossed(const v1::Value& min, const v1::Value& max) {
  if (is_number(min)) {
    ValueRange<double> range = float_range({&min}, {&max});
    return range.low > range.high;
  }
  Result<TimeUs> low = parse_time(min.string_value());
  Result<TimeUs> high = parse_time(max.string_value());
  return low.ok() && high.ok() ? *low > *high : min.string_value() > max.string_value();
}

Status check_params(const v1::Check& check) {
  GN_TRY(check_bound(check, "min"));
  GN_TRY(check_bound(check, "max"));
  GN_TRY(check_flag(check, "strict_min"));
  GN_TRY(check_flag(check, "strict_max"));
  const v1::Value* min = find_param(check, "min");
  const v1::Value* max = find_param(check, "max");
  if (min == nullptr || max == nullptr) return Status();
  if (is_text(*min) != is_text(*max)) return bad_check(check, "min and max must be of one kind");
  if (crossed(*min, *max)) return bad_check(check, "min is greater than max");
  return Status();
}

Verdict numbers_between(const arrow::ChunkedArray& column, const Bound& min, const Bound& max) {
  Verdict verdict;
  visit_number_type(column.type()->id(), [&](auto tag) {
    using T = decltype(tag);
    if constexpr (std::is_floating_point_v<T>) {
      ValueRange<double> range = float_range(min, max);
      // Without bounds everything passes, NaN too; with one, NaN fails the comparison.
      if (min.value == nullptr && max.value == nullptr)
        scan_fixed_width<T>(
            column, [](T) { return true; }, &verdict);
      else
        scan_fixed_width<T>(
            column, [range](T value) { return range.contains(static_cast<double>(value)); }, &verdict);
    } else {
      ValueRange<T> range = narrowed<T>(integer_range(min, max));
      scan_fixed_width<T>(
          column, [range](T value) { return range.contains(value); }, &verdict);
    }
  });
  return verdict;
}

Result<Verdict> times_between(const CheckedColumn& column, const TimeUnit& unit, const Bound& min, const Bound& max) {
  for (const Bound& bound : {min, max}) {
    if (bound.value != nullptr) GN_TRY(parse_time(bound.value->string_value()).status());
  }
  ValueRange<Int128> range = time_range(min, max, unit);
  Verdict verdict;
  if (unit.days32) {
    ValueRange<int32_t> days = narrowed<int32_t>(range);
    scan_fixed_width<int32_t>(
        *column.values, [days](int32_t day) { return days.contains(day); }, &verdict);
  } else {
    ValueRange<int64_t> ticks = narrowed<int64_t>(range);
    scan_fixed_width<int64_t>(
        *column.values, [ticks](int64_t tick) { return ticks.contains(tick); }, &verdict);
  }
  return verdict;
}

Verdict texts_between(const arrow::ChunkedArray& column, const Bound& min, const Bound& max) {
  auto is_good = [&](std::string_view text) {
    if (min.value != nullptr && (min.strict ? text <= min.value->string_value() : text < min.value->string_value()))
      return false;
    if (max.value != nullptr && (max.strict ? text >= max.value->string_value() : text > max.value->string_value()))
      return false;
    return true;
  };
  Verdict verdict;
  scan_texts(column, is_good, &verdict);
  return verdict;
}

Result<Verdict> evaluate(std::span<const CheckedColumn> columns, const v1::Check& check) {
  const CheckedColumn& column = columns[0];
  arrow::Type::type id = column.values->type()->id();
  Bound min = bound_of(check, "min");
  Bound max = bound_of(check, "max");
  bool numbers = (min.value == nullptr || is_number(*min.value)) && (max.value == nullptr || is_number(*max.value));
  bool texts = (min.value == nullptr || is_text(*min.value)) && (max.value == nullptr || is_text(*max.value));
  if (id == arrow::Type::NA) return Verdict{};
  if (numbers && (arrow::is_integer(id) || id == arrow::Type::FLOAT || id == arrow::Type::DOUBLE))
    return numbers_between(*column.values, min, max);
  std::optional<TimeUnit> unit = time_unit_of(*column.values->type());
  if (texts && unit.has_value()) return times_between(column, *unit, min, max);
  if (texts && is_text_type(id)) return texts_between(*column.values, min, max);
  return unfit_type(column, numbers ? "numbers, because the bounds are" : "times or strings, because the bounds are text");
}

}  // namespace

Expectation between_expectation() {
  Expectation expectation;
  expectation.info = {
      "between",
      {"min", "max", "strict_min", "strict_max"},
      "Every value lies in [min, max]: numbers, times (ISO 8601) or strings; NaN never does.",
      {R"({"type": "between", "columns": ["wind_speed"], "params": {"min": {"int_value": 0}, "max": {"int_value": 120}}})",
       "Float64",
       "[12.7, 1048.36, null, 0.0]",
       {1}}};
  expectation.check_params = check_params;
  expectation.evaluate = evaluate;
  return expectation;
}

}  // namespace gnomon
