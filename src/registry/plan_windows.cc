#include "registry/plan_windows.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "registry/aggregation_names.h"
#include "registry/aggregation_text.h"
#include "registry/objects.h"

namespace gnomon {

PlanSection windows_section(const v1::FeatureView& view) {
  std::vector<std::string> texts;
  for (const v1::Aggregation& aggregation : view.aggregations())
    texts.push_back(fmt::format("{} over {}", function_text(aggregation), windows_text(aggregation)));
  nlohmann::json features = nlohmann::json::array();
  for (const AggregatedFeature& feature : expand_aggregations(view)) {
    features.push_back({{"feature", feature.name},
                        {"column", feature.aggregation.column()},
                        {"function", feature.aggregation.function()},
                        {"window", windows_text(feature.aggregation)}});
  }
  return {"windows", fmt::format("{}", fmt::join(texts, "; ")), features.dump()};
}

std::string double_count_warning(const v1::FeatureView& view, const v1::Manifest& manifest) {
  if (view.aggregations().empty() || view.sources_size() != 1) return "";
  const v1::Source* source = find_source(manifest, view.sources(0));
  if (source == nullptr || !source->has_push() || source->push().batch_source().empty() || !source->event_id().empty())
    return "";
  return fmt::format(
      "view {} counts an event of source {} twice if it is pushed and later also in {}: the source has no event_id that "
      "tells "
      "that they are the same",
      view.name(), source->name(), source->push().batch_source());
}

}  // namespace gnomon
