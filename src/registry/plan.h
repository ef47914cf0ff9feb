// The difference between what is applied and what is wanted, with what it means for those who use it.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "gnomon/registry.h"
#include "registry/manifest_diff.h"
#include "registry/objects.h"

namespace gnomon {

// What a registry holds at one revision.
struct Applied {
  int64_t revision = 0;
  v1::Manifest manifest;                         // sorted
  std::map<ObjectKey, int64_t> latest_versions;  // of every object there ever was: numbers are never used twice
};

// REQUIRES: no object twice in `target`. A change of description, owner or tags is a change of the same version; anything
// else, and for a view also a change of what it reads, gives a new version.
Plan make_plan(const Applied& applied, const v1::Manifest& target);

// Views and services of both manifests that depend on the object, views first, each once.
std::vector<std::string> used_by(const ObjectKey& object, const v1::Manifest& before, const v1::Manifest& after);

struct ImpactReason {
  Impact impact = Impact::kNone;
  std::string reason;
};

// What a change of the object's own fields does to values that are served. `is_used`: somebody depends on it.
ImpactReason impact_of_change(const ObjectRef& before, const ObjectRef& after,
                              const std::vector<FieldDifference>& differences, bool is_used);
// "ttl: 1h -> 2h" in the middle of a sentence: "ttl 1h -> 2h".
std::string as_reason(const FieldDifference& difference);
ImpactReason impact_of_removal(const ObjectKey& object);

}  // namespace gnomon
