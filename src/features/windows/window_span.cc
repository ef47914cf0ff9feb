#include "features/windows/window_span.h"

#include <algorithm>
#include <map>

#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "data/arrow_status.h"

namespace gnomon {
namespace {

using arrow::compute::CalendarUnit;

constexpr int64_t kDayUs = int64_t{86'400} * 1'000'000;

struct Unit {
  CalendarUnit unit;
  int64_t longest_us;  // with a day to spare for changes of the clock
};

const std::map<std::string, Unit>& calendar_units() {
  static const auto* units = new std::map<std::string, Unit>{
      {"hour", {CalendarUnit::HOUR, kDayUs}},
      {"day", {CalendarUnit::DAY, 2 * kDayUs}},
      {"week", {CalendarUnit::WEEK, 8 * kDayUs}},
      {"month", {CalendarUnit::MONTH, 32 * kDayUs}},
      {"quarter", {CalendarUnit::QUARTER, 93 * kDayUs}},
      {"year", {CalendarUnit::YEAR, 367 * kDayUs}},
  };
  return *units;
}

Status no_window(const v1::Aggregation& aggregation, const std::string& why, const std::string& hint) {
  return Status(Code::kInvalidArgument, "GN153",
                fmt::format("window of {}({}): {}", aggregation.function(), aggregation.column(), why), hint);
}

TimeUs minus(TimeUs t, int64_t duration_us) {
  TimeUs result = 0;
  return __builtin_sub_overflow(t, duration_us, &result) ? kBeginningOfTime : result;
}

TimeUs floored(TimeUs t, int64_t step_us) {
  int64_t past = t % step_us;
  return past >= 0 ? t - past : minus(t, past + step_us);
}

Result<std::vector<TimeUs>> calendar_starts(const WindowSpec& window, const std::vector<WindowSpan>& spans) {
  arrow::TimestampBuilder builder(arrow::timestamp(arrow::TimeUnit::MICRO, window.calendar_tz),
                                  arrow::default_memory_pool());
  for (const WindowSpan& span : spans) GN_ARROW_TRY("finding calendar windows", builder.Append(span.end));
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> ends, "finding calendar windows", builder.Finish());
  arrow::compute::RoundTemporalOptions options(1, calendar_units().at(window.calendar_unit).unit,
                                               /*week_starts_monday=*/true);
  GN_ARROW_ASSIGN(arrow::Datum floors, "finding calendar windows of time zone " + window.calendar_tz,
                  arrow::compute::FloorTemporal(ends, options));
  const std::shared_ptr<arrow::Array> held = floors.make_array();  // a new owner each time
  const auto& starts = static_cast<const arrow::TimestampArray&>(*held);
  return std::vector<TimeUs>(starts.raw_values(), starts.raw_values() + starts.length());
}

}  // namespace

int64_t WindowSpec::reach_us() const {
  int64_t longest = 0;
  if (kind == Kind::kTrailing) longest = duration_us;
  if (kind == Kind::kCalendar) longest = calendar_units().at(calendar_unit).longest_us;
  if (longest == 0) return 0;
  for (int64_t more : {offset_us, resolution_us, sawtooth_us}) {
    if (__builtin_add_overflow(longest, more, &longest)) return 0;
  }
  return longest;
}

Result<WindowSpec> window_spec(const v1::Aggregation& aggregation) {
  if (aggregation.windows_size() != 1)
    return no_window(aggregation, "there is none", "Give a duration, \"lifetime\", last(n) or calendar(unit)");
  const v1::Window& window = aggregation.windows(0);
  WindowSpec spec;
  spec.offset_us = aggregation.offset_us();
  spec.resolution_us = aggregation.resolution_us();
  spec.sawtooth_us = aggregation.sawtooth_us();
  if (std::min({spec.offset_us, spec.resolution_us, spec.sawtooth_us}) < 0)
    return no_window(aggregation, "offset, resolution and sawtooth cannot be negative", "Give a positive duration");
  switch (window.kind_case()) {
    case v1::Window::kDurationUs:
      spec.kind = WindowSpec::Kind::kTrailing;
      spec.duration_us = window.duration_us();
      if (spec.duration_us <= 0)
        return no_window(aggregation, "a duration must be positive", "Write \"5min\", \"1h\", \"30d\"");
      return spec;
    case v1::Window::kLifetime: return spec;
    case v1::Window::kLastN:
      spec.kind = WindowSpec::Kind::kLastN;
      spec.last_n = window.last_n();
      if (spec.last_n <= 0) return no_window(aggregation, "last(n) needs n >= 1", "Write last(5)");
      return spec;
    case v1::Window::kCalendar: {
      spec.kind = WindowSpec::Kind::kCalendar;
      spec.calendar_unit = window.calendar().unit();
      spec.calendar_tz = window.calendar().tz().empty() ? "UTC" : window.calendar().tz();
      std::vector<std::string> known;
      for (const auto& [name, unit] : calendar_units()) known.push_back(name);
      if (!calendar_units().contains(spec.calendar_unit))
        return no_window(aggregation, fmt::format("unknown calendar unit \"{}\"", spec.calendar_unit),
                         fmt::format("Units: {}", fmt::join(known, ", ")));
      std::vector<WindowSpan> probe{{0, 0, 0}};
      if (!calendar_starts(spec, probe).ok())
        return no_window(aggregation, fmt::format("unknown time zone \"{}\"", spec.calendar_tz),
                         "Use an IANA name such as Europe/Berlin");
      return spec;
    }
    default: return no_window(aggregation, "there is none", "Give a duration, \"lifetime\", last(n) or calendar(unit)");
  }
}

Result<std::vector<WindowSpan>> window_spans(const WindowSpec& window, std::span<const TimeUs> times) {
  std::vector<WindowSpan> spans;
  GN_TRY(window_spans(window, times, &spans));
  return spans;
}

Status window_spans(const WindowSpec& window, std::span<const TimeUs> times, std::vector<WindowSpan>* spans) {
  spans->clear();
  for (TimeUs t : times) {
    TimeUs as_of = window.resolution_us > 0 ? floored(t, window.resolution_us) : t;
    TimeUs end = minus(as_of, window.offset_us);
    TimeUs begin = kBeginningOfTime;
    if (window.kind == WindowSpec::Kind::kTrailing) {
      begin = minus(end, window.duration_us);
      if (window.sawtooth_us > 0) begin = floored(begin, window.sawtooth_us);
    }
    spans->push_back({as_of, begin, end});
  }
  if (window.kind != WindowSpec::Kind::kCalendar) return Status();
  GN_ASSIGN(std::vector<TimeUs> starts, calendar_starts(window, *spans));
  for (size_t i = 0; i < spans->size(); ++i) (*spans)[i].begin = starts[i];
  return Status();
}

}  // namespace gnomon
