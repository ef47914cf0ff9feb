#include "registry/plan.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "registry/aggregation_impact.h"
#include "registry/merge.h"
#include "registry/on_demand_inputs.h"
#include "registry/plan_windows.h"

namespace gnomon {
namespace {

using Objects = std::map<ObjectKey, ObjectRef>;

Objects by_key(const v1::Manifest& manifest) {
  Objects objects;
  for (const ObjectRef& object : objects_of(manifest)) objects.emplace(object.key, object);
  return objects;
}

class Planner {
 public:
  Planner(const Applied& applied, const v1::Manifest& target) : applied_(applied) {
    plan_.base_revision = applied.revision;
    plan_.target = normalized(target);
    if (plan_.target.project().empty()) plan_.target.set_project(applied.manifest.project());
  }

  Plan run() {
    const Objects before = by_key(applied_.manifest), after = by_key(plan_.target);
    std::set<ObjectKey> keys;
    for (const auto& [key, object] : before) keys.insert(key);
    for (const auto& [key, object] : after) keys.insert(key);
    for (const ObjectKey& key : keys) {  // entities and sources come before the views that read them
      auto old_object = before.find(key), new_object = after.find(key);
      if (old_object == before.end())
        add_addition(key);
      else if (new_object == after.end())
        add_removal(key);
      else
        add_change(old_object->second, new_object->second);
    }
    add_upstream_of_on_demand();
    warn_about_project();
    return std::move(plan_);
  }

 private:
  int64_t latest_version(const ObjectKey& key) const {
    auto found = applied_.latest_versions.find(key);
    return found == applied_.latest_versions.end() ? 0 : found->second;
  }

  Change& new_change(ChangeKind kind, const ObjectKey& key) {
    Change& change = plan_.changes.emplace_back();
    change.kind = kind;
    change.object_kind = key.kind;
    change.name = key.name;
    change.used_by = used_by(key, applied_.manifest, plan_.target);
    return change;
  }

  void add_addition(const ObjectKey& key) {
    Change& change = new_change(ChangeKind::kAdd, key);
    change.new_version = latest_version(key) + 1;
    if (key.kind == kViewKind) describe_windows(*find_view(plan_.target, key.name), &change);
  }

  void add_removal(const ObjectKey& key) {
    Change& change = new_change(ChangeKind::kRemove, key);
    change.old_version = latest_version(key);
    ImpactReason impact = impact_of_removal(key);
    change.impact = impact.impact;
    change.impact_reason = impact.reason;
  }

  void add_change(const ObjectRef& before, const ObjectRef& after) {
    bool is_view = before.key.kind == kViewKind;
    std::vector<FieldDifference> own = is_view ? view_differences(static_cast<const v1::FeatureView&>(*before.message),
                                                                  static_cast<const v1::FeatureView&>(*after.message))
                                               : differences(*before.message, *after.message);
    bool same_meaning = meaning_of(before, applied_.manifest) == meaning_of(after, plan_.target);
    if (own.empty() && same_meaning) return;
    Change& change = new_change(ChangeKind::kChange, before.key);
    change.old_version = latest_version(before.key);
    change.new_version = change.old_version + (same_meaning ? 0 : 1);
    for (const FieldDifference& difference : own) change.details.push_back(difference.text);
    ImpactReason impact = impact_of_change(before, after, own, !change.used_by.empty());
    change.impact = impact.impact;
    change.impact_reason = impact.reason;
    if (!is_view) return;
    const auto& view = static_cast<const v1::FeatureView&>(*after.message);
    add_upstream(upstream_of(view), &change);
    describe_windows(view, &change);
  }

  void describe_windows(const v1::FeatureView& view, Change* change) {
    if (view.aggregations().empty()) return;
    change->sections.push_back(windows_section(view));
    std::string warning = double_count_warning(view, plan_.target);
    if (!warning.empty()) plan_.warnings.push_back(warning);
  }

  std::set<ObjectKey> upstream_of(const v1::FeatureView& view) const {
    std::set<ObjectKey> upstream;
    for (const std::string& entity : view.entities()) upstream.insert({kEntityKind, entity});
    for (const v1::Source* source : sources_read_by(view, plan_.target)) upstream.insert({kSourceKind, source->name()});
    return upstream;
  }

  // A name is that of one kind only.
  std::set<ObjectKey> upstream_of(const v1::OnDemandFeatureView& view) const {
    std::set<ObjectKey> upstream;
    for (const v1::FeatureRef& ref : view.sources()) {
      for (const char* kind : {kSourceKind, kViewKind, kOnDemandKind}) upstream.insert({kind, ref.view()});
    }
    for (const std::string& name : lookup_sets_of(view)) upstream.insert({kLookupSetKind, name});
    return upstream;
  }

  // Those that read others come after these, whatever their names.
  void add_upstream_of_on_demand() {
    for (const v1::OnDemandFeatureView* view : on_demand_order(plan_.target)) {
      for (Change& change : plan_.changes) {
        if (change.kind == ChangeKind::kChange && change.object_kind == kOnDemandKind && change.name == view->name())
          add_upstream(upstream_of(*view), &change);
      }
    }
  }

  // A view means something else when what it reads does.
  void add_upstream(const std::set<ObjectKey>& upstream, Change* change) {
    for (const Change& other : plan_.changes) {
      if (other.kind != ChangeKind::kChange || other.old_version == other.new_version ||
          !upstream.contains({other.object_kind, other.name}))
        continue;
      change->details.push_back(
          fmt::format("{} {}: v{} -> v{}", other.object_kind, other.name, other.old_version, other.new_version));
      if (change->impact != Impact::kNone || other.impact == Impact::kNone) continue;
      change->impact = other.impact;
      change->impact_reason = fmt::format("{} {}: {}", other.object_kind, other.name, other.impact_reason);
    }
  }

  void warn_about_project() {
    const std::string& before = applied_.manifest.project();
    if (before.empty() || before == plan_.target.project()) return;
    plan_.warnings.push_back(
        fmt::format("the project was applied as \"{}\" and is now called \"{}\"; its name is part of every key", before,
                    plan_.target.project()));
  }

  const Applied& applied_;
  Plan plan_;
};

bool reads(const v1::OnDemandFeatureView& view, const ObjectKey& object, const std::set<std::string>& views) {
  if (object.kind == kLookupSetKind) {
    std::vector<std::string> sets = lookup_sets_of(view);
    if (std::find(sets.begin(), sets.end(), object.name) != sets.end()) return true;
  }
  return std::any_of(view.sources().begin(), view.sources().end(), [&](const v1::FeatureRef& ref) {
    return views.contains(ref.view()) || (object.kind == kSourceKind && ref.view() == object.name);
  });
}

// On-demand views that read the object, or one of the views that do.
void collect_on_demand(const ObjectKey& object, const v1::Manifest& manifest, std::set<std::string>* reading,
                       std::set<std::string>* views) {
  bool found = true;
  while (found) {
    found = false;
    for (const v1::OnDemandFeatureView& view : manifest.on_demand_feature_views()) {
      if (reading->contains(view.name()) || !reads(view, object, *reading)) continue;
      reading->insert(view.name());
      views->insert(view.name());
      found = true;
    }
  }
}

void collect_users(const ObjectKey& object, const v1::Manifest& manifest, std::set<std::string>* views,
                   std::set<std::string>* services) {
  std::set<std::string> reading;  // views whose values come from the object
  if (object.kind == kViewKind || object.kind == kOnDemandKind) reading.insert(object.name);
  for (const v1::FeatureView& view : manifest.feature_views()) {
    bool by_entity = object.kind == kEntityKind &&
                     std::find(view.entities().begin(), view.entities().end(), object.name) != view.entities().end();
    bool by_source = false;
    for (const v1::Source* source : sources_read_by(view, manifest))
      by_source |= object.kind == kSourceKind && source->name() == object.name;
    if (!by_entity && !by_source) continue;
    reading.insert(view.name());
    views->insert(view.name());
  }
  collect_on_demand(object, manifest, &reading, views);
  for (const v1::FeatureService& service : manifest.feature_services()) {
    for (const v1::FeatureRef& ref : service.features()) {
      if (reading.contains(ref.view())) services->insert(service.name());
    }
  }
}

}  // namespace

Plan make_plan(const Applied& applied, const v1::Manifest& target) { return Planner(applied, target).run(); }

std::vector<std::string> used_by(const ObjectKey& object, const v1::Manifest& before, const v1::Manifest& after) {
  std::set<std::string> views, services;
  collect_users(object, before, &views, &services);
  collect_users(object, after, &views, &services);
  std::vector<std::string> names(views.begin(), views.end());
  names.insert(names.end(), services.begin(), services.end());
  return names;
}

bool Plan::destructive() const {
  return std::any_of(changes.begin(), changes.end(),
                     [](const Change& change) { return change.impact == Impact::kDestructive; });
}

}  // namespace gnomon
