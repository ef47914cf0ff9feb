// The kinds of object of a manifest, seen as one list.
// Thread-safety: pure functions over the messages given.
#pragma once

#include <compare>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <google/protobuf/message.h>

#include "gnomon/v1/manifest.pb.h"

namespace gnomon {

inline constexpr const char* kEntityKind = "entity";
inline constexpr const char* kSourceKind = "source";
inline constexpr const char* kLookupSetKind = "lookup_set";
inline constexpr const char* kViewKind = "view";
inline constexpr const char* kOnDemandKind = "on_demand_view";
inline constexpr const char* kServiceKind = "service";

// Of a view that does not say how late a streamed event may come; the manifest leaves it out.
inline constexpr int64_t kDefaultAllowedLatenessUs = 86'400'000'000;  // 1 day

// Kinds sort in the order in which data flows, names alphabetically within a kind.
struct ObjectKey {
  std::string kind;
  std::string name;
  std::strong_ordering operator<=>(const ObjectKey& other) const;
  bool operator==(const ObjectKey& other) const = default;
};

struct ObjectRef {
  ObjectKey key;
  const google::protobuf::Message* message;  // lives in the manifest
  const v1::Origin* origin;                  // lives in the manifest
};

// All objects, in the order in which data flows: entities, sources, lookup sets, views, on-demand views, services.
std::vector<ObjectRef> objects_of(const v1::Manifest& manifest);

// Adds an empty object of `kind` and returns it. REQUIRES: one of the kinds above.
google::protobuf::Message* add_object(const std::string& kind, v1::Manifest* manifest);

// By name; null if absent. Linear: a project has hundreds of objects, not millions.
const v1::Entity* find_entity(const v1::Manifest& manifest, const std::string& name);
const v1::Source* find_source(const v1::Manifest& manifest, const std::string& name);
const v1::FeatureView* find_view(const v1::Manifest& manifest, const std::string& name);
const v1::OnDemandFeatureView* find_on_demand(const v1::Manifest& manifest, const std::string& name);
const v1::LookupSet* find_lookup_set(const v1::Manifest& manifest, const std::string& name);

// The entity's join keys; [name] where none are declared.
std::vector<std::string> join_keys_of(const v1::Entity& entity);

// "features/user.yaml:14"; empty without a file.
std::string place_of(const v1::Origin& origin);

// A copy without any Origin, at every depth.
std::unique_ptr<google::protobuf::Message> without_origins(const google::protobuf::Message& message);

// What the object itself says about values: no origin, description, owner or tags, at every depth; as canonical JSON.
std::string own_meaning(const google::protobuf::Message& message);

// own_meaning, and for a view that of everything it reads: its entities, its sources and the history of its push sources; for an
// on-demand view that of its sources and of the lookup sets that its expressions name.
// Equal meanings give equal values for equal data.
std::string meaning_of(const ObjectRef& object, const v1::Manifest& manifest);

// Names of the lookup sets in the expressions of an on-demand view, sorted. An expression that is none names none.
std::vector<std::string> lookup_sets_of(const v1::OnDemandFeatureView& view);

// Sources a view reads, in order, push sources followed by their batch source. Unknown names are left out.
std::vector<const v1::Source*> sources_read_by(const v1::FeatureView& view, const v1::Manifest& manifest);

}  // namespace gnomon
