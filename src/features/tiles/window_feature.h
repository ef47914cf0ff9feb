// WindowFeature: one windowed aggregation that is answered from a state.
// Thread-safety: a value.
#pragma once

#include "features/aggregations/aggregation.h"
#include "features/tiles/state_events.h"
#include "features/tiles/state_layout.h"
#include "features/windows/window_span.h"

namespace gnomon {

// The event that who asks is about to make, newer than all others: events[at]. It counts where it passes the filter, if it does at
// all: `counts` says whether it passes the view's condition. Null: there is none.
struct OwnEvent {
  const StateEvents* events = nullptr;
  int64_t at = 0;
  bool counts = false;
};

struct WindowFeature {
  const Kernel* kernel = nullptr;  // borrowed
  WindowSpec window;
  int base = kNone;    // what it is read from; kNone only for last(n), which no tile can answer
  int column = kNone;  // where base is kNone; else the base's
  int filter = kNone;
  bool include_request = false;  // the own event of who asks counts too
};

}  // namespace gnomon
