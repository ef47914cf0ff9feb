#include "registry/aggregation_names.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/time_text.h"

namespace gnomon {
namespace {

constexpr const char* kEveryColumn = "*";

std::string feature_name(const v1::Aggregation& aggregation, const v1::Window& window) {
  bool is_one_of_several = aggregation.windows_size() > 1;
  if (!aggregation.name().empty()) {
    return is_one_of_several ? fmt::format("{}_{}", aggregation.name(), window_name(window)) : aggregation.name();
  }
  std::string column = aggregation.column() == kEveryColumn ? "" : aggregation.column() + "_";
  std::string n = aggregation.n() == 0 ? "" : fmt::format("{}", aggregation.n());
  return fmt::format("{}{}{}_{}", column, aggregation.function(), n, window_name(window));
}

}  // namespace

std::string window_name(const v1::Window& window) {
  switch (window.kind_case()) {
    case v1::Window::kDurationUs:
      return window.spelling().empty() ? format_duration(window.duration_us()) : window.spelling();
    case v1::Window::kLifetime: return "lifetime";
    case v1::Window::kLastN: return fmt::format("last{}", window.last_n());
    case v1::Window::kCalendar: return window.calendar().unit();
    case v1::Window::KIND_NOT_SET: break;
  }
  return "";
}

bool same_window(const v1::Window& a, const v1::Window& b) {
  if (a.kind_case() != b.kind_case()) return false;
  switch (a.kind_case()) {
    case v1::Window::kDurationUs: return a.duration_us() == b.duration_us();
    case v1::Window::kLastN: return a.last_n() == b.last_n();
    case v1::Window::kCalendar: {
      auto zone = [](const v1::Calendar& calendar) { return calendar.tz().empty() ? "UTC" : calendar.tz(); };
      return a.calendar().unit() == b.calendar().unit() && zone(a.calendar()) == zone(b.calendar());
    }
    case v1::Window::kLifetime:
    case v1::Window::KIND_NOT_SET: break;
  }
  return true;
}

std::vector<AggregatedFeature> expand_aggregations(const v1::FeatureView& view) {
  std::vector<AggregatedFeature> features;
  for (int position = 0; position < view.aggregations_size(); ++position) {
    const v1::Aggregation& aggregation = view.aggregations(position);
    std::vector<const v1::Window*> taken;
    for (const v1::Window& window : aggregation.windows()) {
      auto is_same = [&](const v1::Window* other) { return same_window(window, *other); };
      if (std::any_of(taken.begin(), taken.end(), is_same)) continue;
      taken.push_back(&window);
      AggregatedFeature& feature = features.emplace_back();
      feature.name = feature_name(aggregation, window);
      feature.position = position;
      feature.aggregation = aggregation;
      feature.aggregation.clear_windows();
      *feature.aggregation.add_windows() = window;
    }
  }
  return features;
}

}  // namespace gnomon
