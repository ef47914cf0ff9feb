// check_manifest: the only place that decides whether definitions make sense.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "gnomon/registry.h"
#include "gnomon/types.h"
#include "registry/manifest_rules.h"
#include "registry/objects.h"

namespace gnomon {
namespace {

void check_duplicates(const v1::Manifest& manifest, Problems* problems) {
  std::map<ObjectKey, const v1::Origin*> seen;
  for (const ObjectRef& object : objects_of(manifest)) {
    auto [first, is_new] = seen.emplace(object.key, object.origin);
    if (is_new || object.key.name.empty()) continue;
    std::string place = place_of(*first->second);
    problems->add(*object.origin, "GN103",
                  fmt::format("{} \"{}\" is defined twice{}", object.key.kind, object.key.name,
                              place.empty() ? "" : "; first at " + place),
                  "Rename one of them, or remove it");
  }
}

void check_service_feature(const v1::FeatureRef& ref, const google::protobuf::RepeatedPtrField<v1::Field>& schema,
                           const v1::FeatureService& service, std::set<std::string>* asked, Problems* problems) {
  for (const std::string& feature : ref.features()) {
    if (!asked->insert(ref.view() + ":" + feature).second) {
      problems->add(service.origin(), "GN106",
                    fmt::format("service {} lists {}:{} twice", service.name(), ref.view(), feature), "Remove one");
    }
    std::vector<std::string> known = names_of(schema);
    if (known.empty() || std::find(known.begin(), known.end(), feature) != known.end()) continue;
    problems->add(service.origin(), "GN101",
                  fmt::format("unknown feature \"{}\" of view {} in service {}", feature, ref.view(), service.name()),
                  suggest(feature, known, ""));
  }
}

}  // namespace

void check_schema(const google::protobuf::RepeatedPtrField<v1::Field>& schema, const v1::Origin& origin,
                  const std::string& owner, Problems* problems) {
  std::set<std::string> seen;
  for (const v1::Field& field : schema) {
    problems->check_name(origin, "field of " + owner, field.name());
    if (!seen.insert(field.name()).second) {
      problems->add(origin, "GN106", fmt::format("two fields named \"{}\" in {}", field.name(), owner),
                    "Rename one of them");
    }
    if (field.dtype().empty()) continue;
    auto type = arrow_type_of(field.dtype());
    if (!type.ok()) {
      const ErrorInfo& why = type.status().info();
      problems->add(
          origin, Status(why.code, why.id, fmt::format("{} (field {} of {})", why.message, field.name(), owner), why.hint));
    }
  }
}

void check_entity(const v1::Entity& entity, Problems* problems) {
  problems->check_name(entity.origin(), "entity", entity.name());
  std::set<std::string> seen;
  for (const std::string& key : entity.join_keys()) {
    problems->check_name(entity.origin(), "join key of entity " + entity.name(), key);
    if (!seen.insert(key).second) {
      problems->add(entity.origin(), "GN106", fmt::format("join key \"{}\" twice in entity {}", key, entity.name()),
                    "Remove one");
    }
  }
}

void check_service(const v1::FeatureService& service, const v1::Manifest& manifest, Problems* problems) {
  problems->check_name(service.origin(), "feature service", service.name());
  if (service.features().empty()) {
    problems->add(service.origin(), "GN108", fmt::format("service {} has no features", service.name()),
                  "List views or \"view:feature\"");
  }
  std::set<std::string> asked;
  for (const v1::FeatureRef& ref : service.features()) {
    const v1::FeatureView* view = find_view(manifest, ref.view());
    const v1::OnDemandFeatureView* computed = find_on_demand(manifest, ref.view());
    if (view == nullptr && computed == nullptr) {
      std::vector<std::string> known = names_of(manifest.feature_views());
      for (const std::string& name : names_of(manifest.on_demand_feature_views())) known.push_back(name);
      problems->add(service.origin(), "GN105",
                    fmt::format("unknown feature view \"{}\" in service {}", ref.view(), service.name()),
                    suggest(ref.view(), known, "No feature views are defined"));
      continue;
    }
    if (ref.features().empty() && !asked.insert(ref.view()).second) {
      problems->add(service.origin(), "GN106", fmt::format("service {} lists view {} twice", service.name(), ref.view()),
                    "Remove one");
    }
    check_service_feature(ref, view != nullptr ? view->schema() : computed->schema(), service, &asked, problems);
  }
}

std::vector<Status> check_manifest(const v1::Manifest& manifest) {
  Problems problems;
  problems.check_name(v1::Origin(), "project", manifest.project());
  check_duplicates(manifest, &problems);
  for (const v1::Entity& entity : manifest.entities()) check_entity(entity, &problems);
  for (const v1::Source& source : manifest.sources()) check_source(source, manifest, &problems);
  for (const v1::FeatureView& view : manifest.feature_views()) check_view(view, manifest, &problems);
  for (const v1::LookupSet& set : manifest.lookup_sets()) check_lookup_set(set, &problems);
  for (const v1::OnDemandFeatureView& view : manifest.on_demand_feature_views()) check_on_demand(view, manifest, &problems);
  for (const v1::FeatureService& service : manifest.feature_services()) check_service(service, manifest, &problems);
  return problems.take();
}

}  // namespace gnomon
