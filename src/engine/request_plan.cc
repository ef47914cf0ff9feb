#include "engine/request_plan.h"

#include <algorithm>
#include <mutex>

#include <arrow/type.h>

#include "engine/own_requests.h"

namespace gnomon {
namespace {

std::string text_of(const FeatureRequest& request) {
  std::string text(request.full_feature_names ? "full\n" : "\n");
  text += request.feature_service;
  if (!request.feature_service.empty()) return text;
  for (const std::string& feature : request.features) {
    text += '\n';
    text += feature;
  }
  return text;
}

Result<std::shared_ptr<const RequestPlan>> make_plan(const Definitions& definitions, const FeatureRequest& request) {
  auto plan = std::make_shared<RequestPlan>();
  GN_ASSIGN(plan->wanted, definitions.resolve(request, {}));
  plan->asked = asked_features(definitions, plan->wanted);
  plan->row_columns = columns_read(plan->asked);
  for (const auto& [definition, features] : plan->asked.stored) {
    std::vector<size_t>& indices = plan->indices[definition];
    for (const std::string& name : features)
      indices.push_back(static_cast<size_t>(definition->features->GetFieldIndex(name)));
  }
  for (const RequestedFeature& feature : plan->wanted) {
    plan->names.insert(feature.name);
    plan->places.push_back(0);
    if (feature.view == nullptr) continue;
    const std::vector<std::string>& stored = plan->asked.stored.at(feature.view);
    plan->places.back() = static_cast<size_t>(std::find(stored.begin(), stored.end(), feature.feature) - stored.begin());
  }
  return std::shared_ptr<const RequestPlan>(std::move(plan));
}

}  // namespace

std::set<std::string> columns_read(const AskedFeatures& asked) {
  std::set<std::string> columns;
  for (const auto& [definition, features] : asked.stored) {
    for (const auto& key : definition->keys->fields()) columns.insert(key->name());
    if (definition->aggregated == nullptr) continue;
    for (const std::string& name : request_columns(*definition, features)) columns.insert(name);
  }
  for (const ComputedFeatures& computed : asked.computed) {
    for (const OnDemandFeature* feature : computed.features) {
      for (const OnDemandInput& input : feature->inputs) {
        if (input.kind == InputKind::kRequest || input.kind == InputKind::kJoinKey) columns.insert(input.column);
      }
    }
  }
  return columns;
}

Status RequestPlan::check_names(const arrow::Schema& own) const {
  std::set<std::string> clashes;
  for (const auto& field : own.fields()) {
    if (names.contains(field->name())) clashes.insert(field->name());
  }
  return clashes.empty() ? Status() : names_clash(clashes);
}

Result<std::shared_ptr<const RequestPlan>> RequestPlans::get(const Definitions& definitions, const FeatureRequest& request) {
  const std::string text = text_of(request);
  {
    std::shared_lock lock(mutex_);
    const auto known = plans_.find(text);
    if (known != plans_.end()) return known->second;
  }
  GN_ASSIGN(std::shared_ptr<const RequestPlan> plan, make_plan(definitions, request));
  std::unique_lock lock(mutex_);
  if (plans_.size() >= kMostPlans) plans_.clear();  // nobody has so many models: somebody draws lists of features at random
  plans_.emplace(text, plan);
  return plan;
}

}  // namespace gnomon
