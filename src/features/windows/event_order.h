// The order of the events of one group by time. Groups are many and mostly small, so what sorting one costs is what windows cost.
// Thread-safety: pure function over its scratch.
#pragma once

#include <cstdint>
#include <vector>

#include "gnomon/env.h"

namespace gnomon {

// An event and what it is sorted by first.
struct EventPlace {
  TimeUs event_time;
  uint32_t event;
};

// Sorts by event time; events of one time end up in any order. `scratch` is reused from group to group.
struct EventOrderScratch {
  std::vector<EventPlace> places;
  std::vector<uint32_t> begin;
};
void sort_by_time(std::vector<EventPlace>* events, EventOrderScratch* scratch);

}  // namespace gnomon
