// The record of a tile that is not folded: the states of its events.
//
//   kind u8 = 2 | events varint | newest event_time, varint from the tile's start | greatest visible_from, varint from newest |
//   states varint, then each by ascending hash: hash u64 of the base aggregate's id | size varint | Accumulator::encode, nothing if empty
//
// Thread-safety: pure functions; a TileRecord is a view.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "features/tiles/tile_layout.h"
#include "features/tiles/varint.h"
#include "gnomon/env.h"
#include "gnomon/status.h"

namespace gnomon {

inline constexpr char kTileRecord = 2;  // the kind: the first byte

struct TileSummary {
  int64_t events = 0;
  TimeUs newest = 0;        // event_time
  TimeUs visible_from = 0;  // the greatest: at and after it the tile holds what is visible, all of it
};

class TileRecord {
 public:
  // ERRORS: GN220 DataLoss for bytes that begin no record of `tile`.
  static Result<TileRecord> read(const Tile& tile, std::string_view bytes);

  const TileSummary& summary() const { return summary_; }
  // The state of the base aggregate with `hash`, empty if no event counts for it. It is not checked yet: Accumulator::merge does.
  // REQUIRES: calls come in ascending order of hashes. ERRORS: GN220 if the record has no such state, or is damaged.
  Status find(uint64_t hash, std::string_view* state);
  // ERRORS: GN220 if the states do not end where the record does.
  Status finish();

 private:
  bool next();

  TileSummary summary_;
  RecordReader reader_{std::string_view()};
  uint64_t states_left_ = 0;
  uint64_t hash_ = 0;
  std::string_view state_;
  bool is_at_state_ = false;
};

void put_tile_summary(const Tile& tile, const TileSummary& summary, size_t states, std::string* out);
void put_tile_state(uint64_t hash, std::string_view state, std::string* out);

}  // namespace gnomon
