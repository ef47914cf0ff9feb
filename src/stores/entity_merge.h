// Merges the rows of one write into what the store holds, entity by entity, in one pass over both in key order.
// Thread-safety: used by one thread.
#pragma once

#include <optional>

#include "stores/incoming_rows.h"
#include "stores/ordered_map.h"
#include "stores/view_catalog.h"

namespace gnomon {

// Adds to `changes` what turns the stored versions into the kept ones (version_merge.h).
// ERRORS: GN511 DataLoss for a stored row that is corrupt: nothing may be built on it.
Status merge_entities(const OrderedMap& map, const ViewState& view, const IncomingRows& rows,
                      const IncomingEntities& entities, std::optional<TimeUs> cutoff, OrderedMap::Changes* changes);

}  // namespace gnomon
