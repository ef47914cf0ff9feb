#include "registry/aggregation_text.h"

#include <vector>

#include <fmt/format.h>

#include "base/time_text.h"
#include "registry/aggregation_names.h"
#include "registry/manifest_text.h"

namespace gnomon {
namespace {

std::string window_text(const v1::Window& window) {
  if (window.kind_case() != v1::Window::kCalendar) return window_name(window);
  const v1::Calendar& calendar = window.calendar();
  return calendar.tz().empty() ? fmt::format("calendar({})", calendar.unit())
                               : fmt::format("calendar({}, {})", calendar.unit(), calendar.tz());
}

}  // namespace

std::string function_text(const v1::Aggregation& aggregation) {
  std::string text = fmt::format("{}({}", aggregation.function(), aggregation.column());
  if (aggregation.n() != 0) text += fmt::format(", n={}", aggregation.n());
  if (aggregation.p() != 0) text += fmt::format(", p={}", aggregation.p());
  return text + ")";
}

std::string windows_text(const v1::Aggregation& aggregation) {
  std::vector<std::string> windows;
  for (const v1::Window& window : aggregation.windows()) windows.push_back(window_text(window));
  return windows.size() == 1 ? windows[0] : fmt::format("[{}]", fmt::join(windows, ", "));
}

std::string aggregation_text(const v1::Aggregation& aggregation) {
  std::string text = fmt::format("{} over {}", function_text(aggregation), windows_text(aggregation));
  auto append_duration = [&](const char* keyword, int64_t duration_us) {
    if (duration_us != 0) text += fmt::format(" {}={}", keyword, format_duration(duration_us));
  };
  append_duration("offset", aggregation.offset_us());
  append_duration("resolution", aggregation.resolution_us());
  append_duration("sawtooth", aggregation.sawtooth_us());
  if (aggregation.has_default_value()) text += " default=" + value_text(aggregation.default_value());
  if (aggregation.include_request()) text += " include_request";
  if (aggregation.max_distinct() != 0) text += fmt::format(" max_distinct={}", aggregation.max_distinct());
  if (!aggregation.name().empty()) text += " name=" + aggregation.name();
  if (!aggregation.where().empty()) text += " where " + aggregation.where();
  return text;
}

}  // namespace gnomon
