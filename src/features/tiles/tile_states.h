// TileStates: the states of one tile while it is made or changed.
// Thread-safety: one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "features/aggregations/aggregation.h"
#include "features/tiles/state_events.h"
#include "features/tiles/state_layout.h"
#include "features/tiles/tile_record.h"
#include "gnomon/status.h"

namespace gnomon {

// Calls use(first, last) for each longest run [first, last) within [begin, end) in which counts(event) holds.
template <class Counts, class Use>
void for_runs(int64_t begin, int64_t end, const Counts& counts, const Use& use) {
  for (int64_t at = begin; at < end; ++at) {
    if (!counts(at)) continue;
    const int64_t first = at;
    while (at < end && counts(at)) ++at;
    use(first, at);
  }
}

class TileStates {
 public:
  // REQUIRES: the layout outlives it.
  explicit TileStates(const StateLayout& layout);

  void clear();
  // Adds events [begin, end), which are all of one tile.
  void add(const StateEvents& events, int64_t begin, int64_t end);
  // Adds what a record of the same tile holds. ERRORS: GN220.
  Status merge(const Tile& tile, std::string_view record);
  // Appends the record. REQUIRES: something was added.
  void encode(const Tile& tile, std::string* out);

 private:
  const StateLayout& layout_;
  TileSummary summary_;
  std::vector<std::unique_ptr<Accumulator>> states_;  // by base
  std::string encoded_;
};

}  // namespace gnomon
