// The record of the events themselves: those of a finest tile, or of any tile that is folded. Equal sets of events have equal bytes.
//
//   kind u8 = 1 | fingerprint u32 of the layout | events varint | parts u8 | then, each for all events, in canonical order:
//   event_time    varint from the one before, the first from the tile's start
//   created_time  if parts & 1: a bit an event, 1 where there is one; if parts & 3: zigzag of its distance from event_time, where there is one
//   visible_from  if parts & 4: varint from event_time; else they are the same
//   filters       each a bit an event: whether it passes
//   columns       each u8 0: all valid, 1: a bit an event follows, 2: all null; then the valid values:
//                 integers zigzag varints · floats 8 bytes, all NaNs one · strings varint lengths, then the bytes
//
// parts: 1 some events have a created_time, 2 all have one, 4 some become visible after their event_time.
// Little endian; bits fill bytes from the lowest on; unused ones are 0.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "features/tiles/state_events.h"
#include "features/tiles/state_layout.h"
#include "gnomon/status.h"

namespace gnomon {

inline constexpr char kEventRecord = 1;  // the kind: the first byte

// Appends the record. REQUIRES: at least one event, all within `tile`, in canonical order; no visible_from before its event_time.
void encode_events(const StateLayout& layout, const Tile& tile, const EventRange& range, std::string* out);

// Reads a record into `batch`, whose strings then point into `bytes`.
// ERRORS: GN220 DataLoss for bytes that are no record of this layout and tile. Never reads or allocates more than they can hold.
Status decode_events(const StateLayout& layout, const Tile& tile, std::string_view bytes, EventBatch* batch);

}  // namespace gnomon
