// Whom a change hurts: breaking changes what a name means to those who read it, destructive loses what is kept.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "registry/aggregation_impact.h"
#include "registry/plan.h"

namespace gnomon {
namespace {

// Fields that decide which values a view gives. Checks, retention and where it is served do not.
const std::set<std::string>& breaking_fields() {
  static const std::set<std::string> fields = {
      "entities",
      "sources",
      "sql",
      "python",
      "where",
      "ttl_us",
      "serving_lag_us",  // views
      "timestamp_field",
      "created_timestamp_column",
      "known_at_field",
      "schema",  // views and sources
      "file",
      "push",
      "field_mapping",
      "event_id",
      "event_id_retention_us",  // sources
      "request",
      "join_keys",  // entities
      "values",
      "cidrs",  // lookup sets
  };
  return fields;
}

std::vector<std::string> removed_features(const v1::FeatureView& before, const v1::FeatureView& after) {
  std::set<std::string> kept;
  for (const v1::Field& field : after.schema()) kept.insert(field.name());
  std::vector<std::string> removed;
  for (const v1::Field& field : before.schema()) {
    if (!kept.contains(field.name())) removed.push_back(field.name());
  }
  return removed;
}

// Fields added at the end leave every older feature as it was: rows are ordered by their content in declared order, so a
// new last column only decides between rows whose older features are all equal.
bool only_appends(const google::protobuf::RepeatedPtrField<v1::Field>& before,
                  const google::protobuf::RepeatedPtrField<v1::Field>& after) {
  if (before.size() > after.size()) return false;
  return std::equal(before.begin(), before.end(), after.begin(),
                    [](const v1::Field& a, const v1::Field& b) { return a.name() == b.name() && a.dtype() == b.dtype(); });
}

template <class Object>
bool schema_only_appends(const ObjectRef& before, const ObjectRef& after) {
  return only_appends(static_cast<const Object&>(*before.message).schema(),
                      static_cast<const Object&>(*after.message).schema());
}

ImpactReason impact_on_service(const v1::FeatureService& before, const v1::FeatureService& after,
                               const std::vector<FieldDifference>& differences) {
  bool loses = std::any_of(before.features().begin(), before.features().end(), [&](const v1::FeatureRef& ref) {
    return std::none_of(after.features().begin(), after.features().end(), [&](const v1::FeatureRef& other) {
      if (other.view() != ref.view()) return false;
      if (other.features().empty()) return true;  // all of the view
      if (ref.features().empty()) return false;
      return std::all_of(ref.features().begin(), ref.features().end(), [&](const std::string& feature) {
        return std::find(other.features().begin(), other.features().end(), feature) != other.features().end();
      });
    });
  });
  if (!loses) return {};
  for (const FieldDifference& difference : differences) {
    if (difference.field == "features") return {Impact::kBreaking, as_reason(difference)};
  }
  return {};
}

// Of the features that a view has lost or changed by its own doing.
ImpactReason impact_on_features(const v1::FeatureView& before, const v1::FeatureView& after) {
  bool was_aggregated = !before.aggregations().empty(), is_aggregated = !after.aggregations().empty();
  if (was_aggregated && is_aggregated) return impact_of_aggregations(before, after);
  std::vector<std::string> removed = removed_features(before, after);
  if (!removed.empty()) return {Impact::kDestructive, fmt::format("removes {}", fmt::join(removed, ", "))};
  if (was_aggregated == is_aggregated) return {};
  return {Impact::kBreaking, is_aggregated ? "rows as they are -> aggregations" : "aggregations -> rows as they are"};
}

// Nothing is kept of them: what is gone or changed breaks those who ask, and destroys nothing.
ImpactReason impact_on_on_demand(const v1::OnDemandFeatureView& before, const v1::OnDemandFeatureView& after,
                                 const std::vector<FieldDifference>& differences) {
  std::vector<std::string> removed;
  std::set<std::string> kept;
  for (const v1::Field& field : after.schema()) kept.insert(field.name());
  for (const v1::Field& field : before.schema()) {
    if (!kept.contains(field.name())) removed.push_back(field.name());
  }
  if (!removed.empty()) return {Impact::kBreaking, fmt::format("removes {}", fmt::join(removed, ", "))};
  const bool appends = only_appends(before.schema(), after.schema());
  for (const FieldDifference& difference : differences) {
    const bool is_new = difference.field == "features" && difference.text.find(": (none) -> ") != std::string::npos;
    const bool changes = (difference.field == "schema" && !appends) || (difference.field == "features" && !is_new) ||
                         difference.field == "python" || (difference.field == "sources" && after.has_python());
    if (changes) return {Impact::kBreaking, as_reason(difference)};
  }
  return {};
}

}  // namespace

std::string as_reason(const FieldDifference& difference) {
  std::string text = difference.text;
  size_t colon = text.find(": ");
  return colon == std::string::npos ? text : text.erase(colon, 1);
}

ImpactReason impact_of_change(const ObjectRef& before, const ObjectRef& after,
                              const std::vector<FieldDifference>& differences, bool is_used) {
  const std::string& kind = before.key.kind;
  if (kind == kServiceKind) {
    return impact_on_service(static_cast<const v1::FeatureService&>(*before.message),
                             static_cast<const v1::FeatureService&>(*after.message), differences);
  }
  if (kind == kOnDemandKind) {
    return impact_on_on_demand(static_cast<const v1::OnDemandFeatureView&>(*before.message),
                               static_cast<const v1::OnDemandFeatureView&>(*after.message), differences);
  }
  bool appends = false;
  if (kind == kSourceKind) appends = schema_only_appends<v1::Source>(before, after);
  if (kind == kViewKind) {
    appends = schema_only_appends<v1::FeatureView>(before, after);
    ImpactReason impact = impact_on_features(static_cast<const v1::FeatureView&>(*before.message),
                                             static_cast<const v1::FeatureView&>(*after.message));
    if (impact.impact != Impact::kNone) return impact;
  }
  if (kind != kViewKind && !is_used) return {};
  for (const FieldDifference& difference : differences) {
    if (!breaking_fields().contains(difference.field) || (difference.field == "schema" && appends)) continue;
    return {Impact::kBreaking, as_reason(difference)};
  }
  return {};
}

ImpactReason impact_of_removal(const ObjectKey& object) {
  if (object.kind == kViewKind) return {Impact::kDestructive, "its features and their history"};
  if (object.kind == kOnDemandKind) return {Impact::kBreaking, "nothing answers to its features"};
  if (object.kind == kServiceKind) return {Impact::kBreaking, "nothing answers to its name"};
  return {};
}

}  // namespace gnomon
