#include "registry/aggregation_impact.h"

#include <map>

#include <fmt/format.h>

#include "registry/aggregation_names.h"

namespace gnomon {
namespace {

using FeaturesByName = std::map<std::string, AggregatedFeature>;

FeaturesByName by_name(const std::vector<AggregatedFeature>& features) {
  FeaturesByName named;
  for (const AggregatedFeature& feature : features) named.emplace(feature.name, feature);
  return named;
}

// Values depend on neither a name nor the spelling of a window.
std::string values_meaning(v1::Aggregation aggregation) {
  aggregation.clear_name();
  for (v1::Window& window : *aggregation.mutable_windows()) window.clear_spelling();
  return own_meaning(aggregation);
}

std::string reason_of(const v1::Aggregation& before, const v1::Aggregation& after) {
  std::vector<FieldDifference> found = differences(before, after);
  return found.empty() ? "" : as_reason(found[0]);
}

bool is_same_question(const v1::Aggregation& a, const v1::Aggregation& b) {
  return a.column() == b.column() && a.function() == b.function() && a.n() == b.n();
}

class AggregationImpact {
 public:
  AggregationImpact(const v1::FeatureView& before, const v1::FeatureView& after)
      : before_(before),
        after_(after),
        old_features_(expand_aggregations(before)),
        new_features_(expand_aggregations(after)),
        old_by_name_(by_name(old_features_)),
        new_by_name_(by_name(new_features_)) {}

  ImpactReason run() {
    std::vector<std::string> lost;
    ImpactReason breaking;
    for (size_t i = 0; i < old_features_.size(); ++i) {
      const AggregatedFeature& feature = old_features_[i];
      auto kept = new_by_name_.find(feature.name);
      if (kept != new_by_name_.end() && values_meaning(feature.aggregation) == values_meaning(kept->second.aggregation))
        continue;
      const AggregatedFeature* successor = kept == new_by_name_.end() ? changed_in_place(i) : &kept->second;
      if (successor == nullptr) {
        lost.push_back(feature.name);
      } else if (breaking.impact == Impact::kNone) {
        breaking = {Impact::kBreaking,
                    reason_of(before_.aggregations(feature.position), after_.aggregations(successor->position))};
      }
    }
    if (!lost.empty()) return {Impact::kDestructive, fmt::format("removes {}", fmt::join(lost, ", "))};
    return breaking;
  }

 private:
  // How many features before `i` belong to the same aggregation.
  static size_t place_in_aggregation(const std::vector<AggregatedFeature>& features, size_t i) {
    size_t place = 0;
    while (place < i && features[i - place - 1].position == features[i].position) ++place;
    return place;
  }

  // The new feature that stands where the old one stood, if it asks the same of another window.
  const AggregatedFeature* changed_in_place(size_t i) const {
    const AggregatedFeature& old_feature = old_features_[i];
    for (size_t j = 0; j < new_features_.size(); ++j) {
      const AggregatedFeature& feature = new_features_[j];
      bool is_there = feature.position == old_feature.position &&
                      place_in_aggregation(new_features_, j) == place_in_aggregation(old_features_, i);
      if (is_there && !old_by_name_.contains(feature.name) && is_same_question(feature.aggregation, old_feature.aggregation))
        return &feature;
    }
    return nullptr;
  }

  const v1::FeatureView& before_;
  const v1::FeatureView& after_;
  std::vector<AggregatedFeature> old_features_, new_features_;
  FeaturesByName old_by_name_, new_by_name_;
};

using Fields = google::protobuf::RepeatedPtrField<v1::Field>;

// Leaves in both only the fields that both have, by name.
void keep_common(Fields* before, Fields* after) {
  std::map<std::string, v1::Field> old_fields, new_fields;
  for (const v1::Field& field : *before) old_fields.emplace(field.name(), field);
  for (const v1::Field& field : *after) new_fields.emplace(field.name(), field);
  before->Clear();
  after->Clear();
  for (const auto& [name, field] : old_fields) {
    if (!new_fields.contains(name)) continue;
    *before->Add() = field;
    *after->Add() = new_fields[name];
  }
}

}  // namespace

ImpactReason impact_of_aggregations(const v1::FeatureView& before, const v1::FeatureView& after) {
  return AggregationImpact(before, after).run();
}

std::vector<FieldDifference> view_differences(const v1::FeatureView& before, const v1::FeatureView& after) {
  v1::FeatureView old_view = before, new_view = after;
  bool both_aggregate = !before.aggregations().empty() && !after.aggregations().empty();
  if (both_aggregate) keep_common(old_view.mutable_schema(), new_view.mutable_schema());
  keep_common(old_view.mutable_inputs(), new_view.mutable_inputs());
  return differences(old_view, new_view);
}

}  // namespace gnomon
