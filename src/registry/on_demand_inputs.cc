#include "registry/on_demand_inputs.h"

#include <algorithm>
#include <set>

#include "registry/objects.h"

namespace gnomon {
namespace {

constexpr const char* kBetweenViewAndFeature = "__";  // as in full feature names

bool is_named(const v1::FeatureRef& ref, const std::string& feature) {
  return ref.features().empty() || std::find(ref.features().begin(), ref.features().end(), feature) != ref.features().end();
}

}  // namespace

void OnDemandInputs::add(InputKind kind, const v1::FeatureRef& ref,
                         const google::protobuf::RepeatedPtrField<v1::Field>& schema) {
  is_complete_ &= !schema.empty();
  for (const v1::Field& field : schema) {
    if (is_named(ref, field.name())) all_.push_back({kind, ref.view(), field.name(), field.dtype()});
  }
}

void OnDemandInputs::add_join_keys(const v1::FeatureView& view, const v1::Manifest& manifest) {
  auto add_key = [&](const std::string& name, const std::string& dtype) {
    for (const OnDemandInput& key : keys_) {
      if (key.column == name) return;  // views that share an entity are asked by one column
    }
    keys_.push_back({InputKind::kJoinKey, view.name(), name, dtype});
  };
  for (const v1::Field& key : view.join_keys()) add_key(key.name(), key.dtype());
  for (const std::string& name : view.entities()) {
    const v1::Entity* entity = find_entity(manifest, name);
    if (entity == nullptr) continue;
    for (const std::string& key : join_keys_of(*entity)) add_key(key, "");
  }
}

OnDemandInputs OnDemandInputs::of(const v1::OnDemandFeatureView& view, const v1::Manifest& manifest) {
  OnDemandInputs inputs;
  for (const v1::FeatureRef& ref : view.sources()) {
    if (const v1::FeatureView* read = find_view(manifest, ref.view())) {
      inputs.add(InputKind::kFeature, ref, read->schema());
      inputs.add_join_keys(*read, manifest);
    } else if (const v1::OnDemandFeatureView* computed = find_on_demand(manifest, ref.view())) {
      inputs.add(InputKind::kOnDemand, ref, computed->schema());
    } else if (const v1::Source* source = find_source(manifest, ref.view()); source != nullptr && source->has_request()) {
      inputs.add(InputKind::kRequest, ref, source->schema());
    }
  }
  inputs.all_.insert(inputs.all_.end(), inputs.keys_.begin(), inputs.keys_.end());
  return inputs;
}

std::vector<OnDemandInput> OnDemandInputs::find(const std::string& name) const {
  std::vector<OnDemandInput> found;
  for (const OnDemandInput& input : all_) {
    if (input.column == name) found.push_back(input);
  }
  if (!found.empty()) return found;
  for (const OnDemandInput& input : all_) {
    if (input.source + kBetweenViewAndFeature + input.column == name) found.push_back(input);
  }
  return found;
}

std::vector<std::string> OnDemandInputs::names() const {
  std::vector<std::string> names;
  for (const OnDemandInput& input : all_) {
    if (std::find(names.begin(), names.end(), input.column) == names.end()) names.push_back(input.column);
  }
  return names;
}

std::vector<const v1::OnDemandFeatureView*> on_demand_order(const v1::Manifest& manifest, std::vector<std::string>* cyclic) {
  std::vector<const v1::OnDemandFeatureView*> order;
  std::set<std::string> done;
  std::vector<const v1::OnDemandFeatureView*> waiting;
  for (const v1::OnDemandFeatureView& view : manifest.on_demand_feature_views()) waiting.push_back(&view);
  while (!waiting.empty()) {
    std::vector<const v1::OnDemandFeatureView*> later;
    for (const v1::OnDemandFeatureView* view : waiting) {
      const bool ready = std::all_of(view->sources().begin(), view->sources().end(), [&](const v1::FeatureRef& ref) {
        return find_on_demand(manifest, ref.view()) == nullptr || done.contains(ref.view());
      });
      if (!ready) {
        later.push_back(view);
        continue;
      }
      order.push_back(view);
      done.insert(view->name());
    }
    if (later.size() == waiting.size()) break;
    waiting = std::move(later);
  }
  for (const v1::OnDemandFeatureView* view : waiting) {
    if (cyclic != nullptr && !done.contains(view->name())) cyclic->push_back(view->name());
  }
  return order;
}

}  // namespace gnomon
