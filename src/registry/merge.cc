#include "registry/merge.h"

#include <map>

#include <fmt/format.h>
#include <google/protobuf/util/message_differencer.h>

#include "gnomon/registry.h"
#include "registry/objects.h"

namespace gnomon {
namespace {

using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

bool same_but_for_origin(const Message& a, const Message& b) {
  return MessageDifferencer::Equals(*without_origins(a), *without_origins(b));
}

void normalize_checks(google::protobuf::RepeatedPtrField<v1::Check>* checks) {
  for (v1::Check& check : *checks) {
    if (check.on_fail() == "block") check.clear_on_fail();
  }
}

void normalize_defaults(v1::Manifest* manifest) {
  for (v1::Entity& entity : *manifest->mutable_entities()) {
    if (entity.join_keys().empty()) entity.add_join_keys(entity.name());
  }
  for (v1::Source& source : *manifest->mutable_sources()) normalize_checks(source.mutable_expect());
  for (v1::FeatureView& view : *manifest->mutable_feature_views()) {
    normalize_checks(view.mutable_expect());
    if (view.has_allowed_lateness_us() && view.allowed_lateness_us() == kDefaultAllowedLatenessUs)
      view.clear_allowed_lateness_us();
  }
}

Status defined_twice(const ObjectRef& first, const ObjectRef& second) {
  std::string place = place_of(*first.origin);
  return Status(Code::kInvalidArgument, "GN103",
                fmt::format("{} \"{}\" is defined twice, differently{}", first.key.kind, first.key.name,
                            place.empty() ? "" : "; first at " + place),
                "Rename one of them, or remove it", place_of(*second.origin));
}

}  // namespace

Result<v1::Manifest> merge_manifests(const std::vector<v1::Manifest>& parts) {
  v1::Manifest merged;
  merged.set_format_version(1);
  std::map<ObjectKey, ObjectRef> seen;
  for (const v1::Manifest& part : parts) {
    if (merged.project().empty()) merged.set_project(part.project());
    if (!part.project().empty() && part.project() != merged.project()) {
      return Status(Code::kInvalidArgument, "GN103",
                    fmt::format("two project names: \"{}\" and \"{}\"", merged.project(), part.project()),
                    "Name the project once, in gnomon.yaml");
    }
    for (const ObjectRef& object : objects_of(part)) {
      auto [place, is_new] = seen.emplace(object.key, object);
      if (is_new) {
        add_object(object.key.kind, &merged)->CopyFrom(*object.message);
      } else if (!same_but_for_origin(*place->second.message, *object.message)) {
        return defined_twice(place->second, object);
      }
    }
  }
  return merged;
}

v1::Manifest overlay(const v1::Manifest& applied, const v1::Manifest& fragment) {
  std::map<ObjectKey, const Message*> objects;
  for (const ObjectRef& object : objects_of(applied)) objects[object.key] = object.message;
  for (const ObjectRef& object : objects_of(fragment)) objects[object.key] = object.message;
  v1::Manifest merged;
  merged.set_format_version(1);
  merged.set_project(fragment.project().empty() ? applied.project() : fragment.project());
  for (const auto& [key, message] : objects) add_object(key.kind, &merged)->CopyFrom(*message);
  normalize_defaults(&merged);
  return merged;
}

v1::Manifest normalized(const v1::Manifest& manifest) { return overlay(v1::Manifest(), manifest); }

}  // namespace gnomon
