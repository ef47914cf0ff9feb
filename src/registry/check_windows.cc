// The rules for the windows of aggregations: what a window may be, and what may be asked of each kind. docs/windows.md tells
// people the same.
#include <algorithm>

#include <arrow/compute/api.h>
#include <arrow/scalar.h>
#include <fmt/format.h>

#include "base/time_text.h"
#include "registry/aggregated_fields.h"
#include "registry/aggregation_text.h"
#include "registry/manifest_rules.h"

namespace gnomon {
namespace {

const std::vector<std::string>& calendar_units() {
  static const std::vector<std::string> units = {"hour", "day", "week", "month", "quarter", "year"};
  return units;
}

// Arrow looks zones up in the machine's tz database, the one that calendar windows are computed with.
bool is_known_zone(const std::string& zone) {
  arrow::TimestampScalar epoch(0, arrow::timestamp(arrow::TimeUnit::MICRO, zone));
  return arrow::compute::Initialize().ok() && arrow::compute::CallFunction("hour", {epoch}).ok();
}

class WindowCheck {
 public:
  WindowCheck(const v1::Aggregation& aggregation, const v1::FeatureView& view, Problems* problems)
      : aggregation_(aggregation),
        origin_(origin_of(aggregation, view)),
        problems_(*problems),
        shown_(fmt::format("{} of view {}", function_text(aggregation), view.name())) {}

  void run() {
    if (aggregation_.windows().empty()) add("GN108", shown_ + " has no window", "Name one, such as 7d");
    for (const v1::Window& window : aggregation_.windows()) check_window(window);
    refuse_negative("offset", aggregation_.offset_us());
    refuse_negative("resolution", aggregation_.resolution_us());
    refuse_negative("sawtooth", aggregation_.sawtooth_us());
    check_request();
  }

 private:
  void add(const char* id, std::string message, std::string hint) {
    problems_.add(origin_, id, std::move(message), std::move(hint));
  }

  void check_window(const v1::Window& window) {
    switch (window.kind_case()) {
      case v1::Window::kDurationUs:
        if (window.duration_us() <= 0)
          add("GN109", fmt::format("a window of {} is not positive: {}", shown_, format_duration(window.duration_us())),
              "A window reaches back from the read, by at least 1us");
        return;
      case v1::Window::kLifetime:
        // The start of a lifetime is the first event: there is nothing to move back.
        return refuse("sawtooth", aggregation_.sawtooth_us(), "a lifetime window",
                      "a lifetime has no start that could move");
      case v1::Window::kLastN:
        if (window.last_n() <= 0)
          add("GN109", fmt::format("a window of {} holds the last {} events", shown_, window.last_n()),
              "Ask for at least 1");
        refuse("offset", aggregation_.offset_us(), "last(n)", "it counts events, and has no ends in time");
        return refuse("sawtooth", aggregation_.sawtooth_us(), "last(n)", "it counts events, and has no ends in time");
      case v1::Window::kCalendar:
        check_calendar(window.calendar());
        refuse("offset", aggregation_.offset_us(), "a calendar window", "its start is given by the calendar");
        return refuse("sawtooth", aggregation_.sawtooth_us(), "a calendar window", "its start is given by the calendar");
      case v1::Window::KIND_NOT_SET: break;
    }
    add("GN108", fmt::format("a window of {} is empty", shown_), "Write a duration, lifetime, last(n) or calendar(unit)");
  }

  void check_calendar(const v1::Calendar& calendar) {
    const std::vector<std::string>& units = calendar_units();
    if (std::find(units.begin(), units.end(), calendar.unit()) == units.end())
      add("GN109", fmt::format("unknown calendar unit \"{}\" of {}", calendar.unit(), shown_),
          suggest(calendar.unit(), units, ""));
    if (!calendar.tz().empty() && !is_known_zone(calendar.tz()))
      add("GN109", fmt::format("unknown time zone \"{}\" of {}", calendar.tz(), shown_),
          "Write an IANA name such as Europe/Berlin; the machine's tz database has to know it");
  }

  void refuse(const char* keyword, int64_t given_us, const char* window, const char* why) {
    if (given_us > 0)
      add("GN109", fmt::format("{} of {} with {}: {}", keyword, shown_, window, why), fmt::format("Leave {} out", keyword));
  }

  void refuse_negative(const char* keyword, int64_t duration_us) {
    if (duration_us < 0)
      add("GN109", fmt::format("{} of {} is negative: {}", keyword, shown_, format_duration(duration_us)),
          "Use 0 or a positive duration");
  }

  // The request's own event happens at the time of the read: a window that ends earlier cannot hold it.
  void check_request() {
    const char* keyword = aggregation_.offset_us() > 0       ? "offset"
                          : aggregation_.resolution_us() > 0 ? "resolution"
                                                             : nullptr;
    if (aggregation_.include_request() && keyword != nullptr)
      add("GN109", fmt::format("include_request of {} with {}: the window ends before the request", shown_, keyword),
          fmt::format("Leave one of include_request and {} out", keyword));
  }

  const v1::Aggregation& aggregation_;
  const v1::Origin& origin_;
  Problems& problems_;
  std::string shown_;
};

}  // namespace

void check_windows(const v1::FeatureView& view, Problems* problems) {
  for (const v1::Aggregation& aggregation : view.aggregations()) WindowCheck(aggregation, view, problems).run();
}

}  // namespace gnomon
