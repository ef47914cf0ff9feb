#include "engine/plan_state.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "registry/objects.h"

namespace gnomon {

PlanSection state_section(const ViewDefinition& definition) {
  const StateLayout& layout = definition.aggregated->state;
  int64_t longest = longest_reach(definition.aggregated->features);
  nlohmann::json bases = nlohmann::json::array();
  for (const BaseAggregate& base : layout.bases()) bases.push_back(base.id);
  nlohmann::json levels = nlohmann::json::array();
  std::vector<std::string> widths;
  int64_t most = 0;
  for (int64_t width : layout.tiles().widths_us) {
    widths.push_back(format_duration(width));
    levels.push_back(
        {{"width", widths.back()}, {"most_tiles", longest == 0 ? nlohmann::json() : nlohmann::json(longest / width + 1)}});
    most += longest / width + 1;
  }
  std::string tiles =
      longest == 0 ? "a tile for each that holds events, without end" : fmt::format("at most {} tiles an entity", most);
  std::string text = fmt::format("{} partial results and the events of {} columns, in tiles of {}: {}",
                                 layout.bases().size(), layout.columns().size(), fmt::join(widths, ", "), tiles);
  return {"state", text,
          nlohmann::json{{"partial_results", bases}, {"event_columns", layout.columns().size()}, {"tiles", levels}}.dump()};
}

Status add_state_sections(Plan* plan) {
  GN_ASSIGN(auto definitions, Definitions::compile(plan->target, plan->base_revision));
  for (Change& change : plan->changes) {
    if (change.object_kind != kViewKind || change.kind == ChangeKind::kRemove) continue;
    GN_ASSIGN(const ViewDefinition* view, definitions->view(change.name));
    if (view->aggregated != nullptr) change.sections.push_back(state_section(*view));
  }
  return Status();
}

}  // namespace gnomon
