// WindowFeature: one windowed aggregation that is answered from a state.
// Thread-safety: a value.
#pragma once

#include "features/aggregations/aggregation.h"
#include "features/tiles/state_layout.h"
#include "features/windows/window_span.h"

namespace gnomon {

struct WindowFeature {
  const Kernel* kernel = nullptr;  // borrowed
  WindowSpec window;
  int base = kNone;    // what it is read from; kNone only for last(n), which no tile can answer
  int column = kNone;  // where base is kNone; else the base's
  int filter = kNone;
};

}  // namespace gnomon
