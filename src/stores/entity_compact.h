// Removes versions that no read can need any more, entity by entity.
// Thread-safety: used by one thread.
#pragma once

#include <optional>
#include <string>

#include "gnomon/online_store.h"
#include "stores/ordered_map.h"
#include "stores/view_state.h"

namespace gnomon {

struct CompactedEntities {
  int64_t removed = 0;              // versions
  std::optional<std::string> next;  // the entity to go on with; none: all were seen
};

// Some thousand entities from `from` on. No read before `as_of` may be answered with what `changes` leaves out.
// ERRORS: GN511 for a version that is not as it was written.
Result<CompactedEntities> compact_entities(const OrderedMap& map, const OnlineViewSpec& view, const ViewState& state,
                                           TimeUs as_of, const std::string& from, OrderedMap::Changes* changes);

}  // namespace gnomon
