// Between times, and from one time to another.
#include <map>

#include "transform/expressions/kernels.h"
#include "transform/expressions/time_zone.h"

namespace gnomon {
namespace {

using arrow::DoubleType;
using arrow::Int64Type;
using arrow::TimestampType;
using arrow::compute::CalendarUnit;

constexpr int64_t kSecond = 1'000'000;
constexpr double kDay = 86'400.0 * kSecond;
__extension__ using Wide = __int128;  // the difference of two times may need 65 bits

Function elapsed(const char* name, double unit_us, const char* description, const char* answer) {
  Kernel kernel = map_rows<DoubleType, TimestampType, TimestampType>([unit_us](int64_t start, int64_t end, double* out) {
    *out = static_cast<double>(Wide{end} - Wide{start}) / unit_us;
    return true;
  });
  std::string call = std::string(name) + "(timestamp('2013-01-01'), timestamp('2013-01-02T12:00:00Z'))";
  return {name,
          {{{ValueType::kTime, ValueType::kTime}, ValueType::kFloat, std::move(kernel)}},
          Arity::kFixed,
          FunctionInfo{name, std::string(name) + "(start, end)", description, call, answer}};
}

Function moved() {
  auto add = [](int64_t time, int64_t seconds, int64_t* out) {
    int64_t us = 0;
    return !__builtin_mul_overflow(seconds, kSecond, &us) && !__builtin_add_overflow(time, us, out);
  };
  // The builder of times needs a zone: computed as integers, seen as times.
  Kernel kernel = [sum = map_rows<Int64Type, TimestampType, Int64Type>(add)](const Values& values) -> Result<arrow::Datum> {
    GN_ASSIGN(arrow::Datum us, sum(values));
    GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> times, "evaluating", us.make_array()->View(arrow_type(ValueType::kTime)));
    return arrow::Datum(times);
  };
  return {"add_seconds",
          {{{ValueType::kTime, ValueType::kInt}, ValueType::kTime, std::move(kernel), OwnNull::kOverflow}},
          Arity::kFixed,
          FunctionInfo{"add_seconds", "add_seconds(t, n)", "The time n seconds after t, before it if negative.",
                       "add_seconds(timestamp('2013-01-01'), 3600)", "timestamp('2013-01-01T01:00:00Z')"}};
}

Result<CalendarUnit> unit_named(const std::string& name) {
  static const std::map<std::string, CalendarUnit> kUnits = {
      {"second", CalendarUnit::SECOND},   {"minute", CalendarUnit::MINUTE}, {"hour", CalendarUnit::HOUR},
      {"day", CalendarUnit::DAY},         {"week", CalendarUnit::WEEK},     {"month", CalendarUnit::MONTH},
      {"quarter", CalendarUnit::QUARTER}, {"year", CalendarUnit::YEAR}};
  auto found = kUnits.find(name);
  if (found != kUnits.end()) return found->second;
  return Status(Code::kInvalidArgument, "GN168", fmt::format("unknown unit of time \"{}\"", name),
                "There are: second, minute, hour, day, week, month, quarter, year");
}

// The start of the unit that holds a time, by the clocks of the zone. Where a day has none (its first hour was skipped), the first
// instant that it has; where it has two, the first.
Result<Kernel> truncation(const std::string& unit_name, const std::string& zone) {
  GN_ASSIGN(CalendarUnit unit, unit_named(unit_name));
  if (!zone.empty()) GN_TRY(check_zone(zone));
  auto floor = std::make_shared<arrow::compute::RoundTemporalOptions>(1, unit, /*week_starts_monday=*/true);
  if (zone.empty() || zone == "UTC") return arrow_kernel("floor_temporal", floor);
  return Kernel([floor, zone, is_short = unit < CalendarUnit::DAY](const Values& values) -> Result<arrow::Datum> {
    GN_ASSIGN(arrow::Datum zoned, in_zone(values[0], zone));
    GN_ARROW_ASSIGN(arrow::Datum wall, "evaluating", arrow::compute::CallFunction("local_timestamp", {zoned}));
    GN_ARROW_ASSIGN(arrow::Datum start, "evaluating", arrow::compute::CallFunction("floor_temporal", {wall}, floor.get()));
    if (is_short) {  // clocks do not change within: as much later as the wall clock says
      GN_ARROW_ASSIGN(arrow::Datum passed, "evaluating", arrow::compute::CallFunction("subtract", {wall, start}));
      GN_ARROW_ASSIGN(arrow::Datum at, "evaluating", arrow::compute::CallFunction("subtract", {values[0], passed}));
      return at;
    }
    arrow::compute::AssumeTimezoneOptions options(zone, arrow::compute::AssumeTimezoneOptions::AMBIGUOUS_EARLIEST,
                                                  arrow::compute::AssumeTimezoneOptions::NONEXISTENT_LATEST);
    GN_ARROW_ASSIGN(arrow::Datum at, "evaluating", arrow::compute::CallFunction("assume_timezone", {start}, &options));
    return in_zone(at, "UTC");
  });
}

Function truncate() {
  Prepare in_utc = [](const std::vector<std::shared_ptr<arrow::Scalar>>& constants) {
    return truncation(constant_text(*constants[0]), "");
  };
  Prepare in_named_zone = [](const std::vector<std::shared_ptr<arrow::Scalar>>& constants) -> Result<Kernel> {
    GN_TRY(check_zone(constant_text(*constants[1])));
    return truncation(constant_text(*constants[0]), constant_text(*constants[1]));
  };
  const ValueType time = ValueType::kTime, text = ValueType::kString;
  return {"truncate",
          {{{time, text}, time, nullptr, OwnNull::kMissing, 1, in_utc},
           {{time, text, text}, time, nullptr, OwnNull::kMissing, 1, in_named_zone}},
          Arity::kFixed,
          FunctionInfo{"truncate", "truncate(t, 'unit'[, 'zone'])",
                       "The start of the second, minute, … year that holds t; weeks start on Monday.",
                       "truncate(timestamp('2013-01-31T17:45:09Z'), 'day', 'America/New_York')",
                       "timestamp('2013-01-31T05:00:00Z')"}};
}

}  // namespace

std::vector<Function> duration_functions() {
  return {
      elapsed("seconds_between", static_cast<double>(kSecond), "Seconds from start to end, negative if end comes first.",
              "129600.0"),
      elapsed("days_between", kDay, "Days of 24 hours from start to end, with their fraction.", "1.5"),
      moved(),
      truncate(),
  };
}

}  // namespace gnomon
