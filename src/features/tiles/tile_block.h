// TileBlock: an entity's records of one level within one block of time, kept in memory, with the states of its runs.
//
//   records     r0   r1   r2   r3
//   prefix 2    ╰─────────────╯          a run is a record like any other: of a tile as wide as all that it stands for.
//   suffix 1         ╰─────────────╯     A window covers most of a block as a run, and single records only between its begins
//
// Thread-safety: one thread.
#pragma once

#include <cstddef>
#include <string_view>

#include "features/tiles/record_list.h"
#include "features/tiles/state_layout.h"
#include "features/tiles/tile_layout.h"
#include "gnomon/status.h"

namespace gnomon {

class TileBlock {
 public:
  TileBlock(uint8_t level, const Tile& time) : level_(level), time_(time) {}

  // REQUIRES: starts ascend, and lie within the block's time.
  void add(TimeUs start, std::string_view record) { records_.add(start, record); }

  uint8_t level() const { return level_; }
  const Tile& time() const { return time_; }
  size_t size() const { return records_.size(); }
  TimeUs start(size_t index) const { return records_.starts[index]; }
  std::string_view record(size_t index) const { return records_.at(index); }
  // The first record that starts at or after `time`; size() if there is none.
  size_t first_at(TimeUs time) const;

  // Works the runs out, where that may pay: a second read says that there will be a third. Large states have none.
  // ERRORS: GN220 for damaged records.
  Status prepare(const StateLayout& layout);
  bool has_runs() const { return suffixes_.size() > 0; }
  // Of records [0, last]. REQUIRES: has_runs().
  std::string_view prefix(size_t last) const { return prefixes_.at(last); }
  Tile prefix_time(size_t last) const { return {time_.start, prefixes_.starts[last]}; }
  // Of records [first, size()). REQUIRES: has_runs().
  std::string_view suffix(size_t first) const { return suffixes_.at(size() - 1 - first); }
  Tile suffix_time(size_t first) const { return {start(first), time_.last}; }

  size_t size_bytes() const;

 private:
  Status make_runs(const StateLayout& layout);

  uint8_t level_;
  Tile time_;
  int reads_ = 0;
  RecordList records_;
  RecordList prefixes_;  // starts: where the run's last tile ends
  RecordList suffixes_;  // the shortest first
};

}  // namespace gnomon
