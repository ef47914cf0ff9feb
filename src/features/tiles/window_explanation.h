// WindowExplanation: what made a value: tiles that were taken whole, single events, and those that could not be seen yet.
// Thread-safety: a value.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "features/windows/window_span.h"
#include "gnomon/env.h"

namespace gnomon {

struct ExplainedTile {
  uint8_t level = 0;
  TimeUs start = 0;
  TimeUs end = 0;
  int64_t events = 0;  // all of the tile, whether or not they pass the filter
};

// An event with an event time in the window that passes the filter.
struct ExplainedEvent {
  TimeUs event_time = 0;
  TimeUs created_time = 0;  // kNoCreatedTime: none
  TimeUs visible_from = 0;
  std::variant<std::monostate, int64_t, double, std::string> value;  // nothing: null, or an aggregation of "*"
};

struct WindowExplanation {
  WindowSpan span{};
  std::vector<ExplainedTile> tiles;         // newest first
  std::vector<ExplainedEvent> events;       // that counted one by one, nulls included; newest first
  std::vector<ExplainedEvent> not_visible;  // visible_from > span.as_of
};

}  // namespace gnomon
