// Answers reads from the kept versions: one seek a key.
// Thread-safety: pure function over the store as it is when called.
#pragma once

#include "gnomon/online_store.h"
#include "stores/entity_key.h"
#include "stores/ordered_map.h"
#include "stores/view_catalog.h"

namespace gnomon {

// `state`: null if the view was never written. ERRORS: GN511 DataLoss for a corrupt row that would be needed.
Result<OnlineRows> look_up_rows(const OrderedMap& map, const ViewState* state, const OnlineViewSpec& view,
                                const EntityKeys& entities, TimeUs t);

}  // namespace gnomon
