// From events to records: all at once, or a few late ones into what is there. Both end in the same bytes for the same events.
// Thread-safety: pure functions; build_tiles may run beside others over other entities.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "features/tiles/state_events.h"
#include "features/tiles/state_layout.h"
#include "gnomon/status.h"
#include "gnomon/window_store.h"

namespace gnomon {

// Events [begin, end) of StateEvents are those of `entity`, in ascending event_time. What else is equal may come in any order.
struct EntityEvents {
  std::string_view entity;  // encoded join keys
  int64_t begin = 0;
  int64_t end = 0;
};

// Takes some of the records. Its error ends the work.
using RecordSink = std::function<Status(std::span<const WindowRecord>)>;

// Hands the records to `sink`, those of whole entities, some thousands at a time: entities as they come, each ascending in (level, start).
Status build_tiles(const StateLayout& layout, const StateEvents& events, std::span<const EntityEvents> entities,
                   const RecordSink& sink);

// Scans the records of one entity, as WindowStore::scan_records does.
using RecordScan = std::function<Status(uint8_t level, TimeUs from, TimeUs to, bool descending, const WindowRecordFn& fn)>;

// What add_events() will scan of the entity, so that a store across a network can fetch it in advance.
std::vector<RecordRange> reach_of_events(const StateLayout& layout, const StateEvents& events, const EntityEvents& entity);

// The records that adding `events` makes or replaces, given those that `existing` finds; ascending in (level, start).
// ERRORS: GN220 for damaged records; those of the scan.
Result<std::vector<WindowRecord>> add_events(const StateLayout& layout, const StateEvents& events,
                                             const EntityEvents& entity, const RecordScan& existing);

}  // namespace gnomon
