// TileLayout: how time is cut into tiles, and which records keep what.
//
//   level 3   ├──────────────── 1 d ────────────────┤      states of all its events,
//   level 2   ├── 1 h ──┤├── 1 h ──┤                       or, while they are few, the events themselves:
//   level 1   ├5min┤├5min┤                                 such a tile is folded, and nothing is kept below it
//   level 0   ├5min┤├5min┤                                 the events of a finest tile that is not folded
//
// Whether a tile is folded depends on the number of its events alone, so that equal events make equal records.
// Thread-safety: a value.
#pragma once

#include <cstdint>
#include <vector>

#include "gnomon/env.h"

namespace gnomon {

// Both ends included: the last tile of time has no exclusive end.
struct Tile {
  TimeUs start;
  TimeUs last;

  bool holds(TimeUs time) const { return start <= time && time <= last; }
};

inline constexpr uint8_t kEventLevel = 0;

struct TileLayout {
  // Finest first; each divides the next; at least 2 us.
  std::vector<int64_t> widths_us = {int64_t{300} * 1'000'000, int64_t{3'600} * 1'000'000, int64_t{86'400} * 1'000'000};
  // A tile of at most so many events is folded. The trade: fewer, smaller records and seeks against adding events one by one.
  int64_t folded_events = 8;

  uint8_t coarsest() const { return static_cast<uint8_t>(widths_us.size()); }
  // The tile of `level` that holds `time`: aligned to the epoch, cut off at the ends of time. Level 0 is cut as level 1.
  Tile tile_at(uint8_t level, TimeUs time) const;
  // The block of time of `level` that is kept together in memory: what a tile of the next level spans; of the coarsest, 32 tiles.
  Tile block_at(uint8_t level, TimeUs time) const;
  // Ends the process where the widths are not as said above.
  void check() const;
};

// `tile.last + 1`, kept within int64: an exclusive end for scans of records, no start of which lies beyond it.
TimeUs end_of(const Tile& tile);

// `to - from`. REQUIRES: from <= to; for any other times it wraps around.
inline uint64_t distance(TimeUs from, TimeUs to) { return static_cast<uint64_t>(to) - static_cast<uint64_t>(from); }

}  // namespace gnomon
