#include "engine/asked_features.h"

#include <algorithm>
#include <set>

namespace gnomon {
namespace {

class Closure {
 public:
  explicit Closure(const Definitions& definitions) : definitions_(definitions) {}

  void add(const RequestedFeature& feature) {
    if (feature.on_demand != nullptr)
      add_computed(*feature.on_demand, feature.feature);
    else
      add_stored(feature.view, feature.feature);
  }

  AskedFeatures take() {
    for (const OnDemandView* view : definitions_.on_demand_order()) {
      auto needed = computed_.find(view);
      if (needed == computed_.end()) continue;
      ComputedFeatures& features = asked_.computed.emplace_back(ComputedFeatures{view, {}});
      for (const OnDemandFeature& feature : view->computed) {
        if (needed->second.contains(feature.name)) features.features.push_back(&feature);
      }
    }
    return std::move(asked_);
  }

 private:
  void add_stored(const ViewDefinition* view, const std::string& feature) {
    std::vector<std::string>& features = asked_.stored[view];
    if (std::find(features.begin(), features.end(), feature) == features.end()) features.push_back(feature);
  }

  // Recursion ends: plan refuses cycles.
  void add_computed(const OnDemandView& view, const std::string& name) {
    if (!computed_[&view].insert(name).second) return;
    for (const OnDemandFeature& feature : view.computed) {
      if (feature.name != name) continue;
      for (const OnDemandInput& input : feature.inputs) {
        if (input.kind == InputKind::kFeature) add_stored(&definitions_.views().at(input.source), input.column);
        if (input.kind == InputKind::kOnDemand) add_computed(definitions_.on_demand().at(input.source), input.column);
      }
    }
  }

  const Definitions& definitions_;
  AskedFeatures asked_;
  std::map<const OnDemandView*, std::set<std::string>> computed_;
};

}  // namespace

AskedFeatures asked_features(const Definitions& definitions, const std::vector<RequestedFeature>& wanted) {
  Closure closure(definitions);
  for (const RequestedFeature& feature : wanted) closure.add(feature);
  return closure.take();
}

}  // namespace gnomon
