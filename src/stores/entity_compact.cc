#include "stores/entity_compact.h"

#include <limits>
#include <vector>

#include "stores/stored_versions.h"

namespace gnomon {
namespace {

constexpr int kEntitiesAtOnce = 8'192;
constexpr TimeUs kNeverExpired = std::numeric_limits<TimeUs>::min();

}  // namespace

Result<CompactedEntities> compact_entities(const OrderedMap& map, const OnlineViewSpec& view, const ViewState& state,
                                           TimeUs as_of, const std::string& from, OrderedMap::Changes* changes) {
  const TimeUs expired_before =
      view.ttl_us > 0 ? subtract_times(subtract_times(as_of, view.ttl_us), kKeptPastTtlUs) : kNeverExpired;
  StoredVersions stored(map, state);
  EncodedContentOrder order(state.codec);
  std::vector<Version> versions;
  MergedVersions merged;
  CompactedEntities done;
  bool has_more = stored.seek(from);
  for (int seen = 0; has_more; ++seen) {
    const std::string entity(stored.entity());
    if (seen == kEntitiesAtOnce) {
      done.next = entity;
      return done;
    }
    const bool is_expired = stored.newest().event_time < expired_before;
    versions.clear();
    GN_TRY(stored.take(entity, &versions));
    if (is_expired) {
      for (const Version& version : versions) stored.remove(entity, version.times, changes);
      done.removed += static_cast<int64_t>(versions.size());
    } else if (versions.size() > 1) {
      merge_versions(&versions, as_of, &order, &merged);
      GN_TRY(order.status());
      done.removed += static_cast<int64_t>(merged.dropped.size());
      stored.put(entity, merged, changes);
    }
    has_more = stored.is_at_one();
  }
  GN_TRY(stored.status());
  return done;
}

}  // namespace gnomon
