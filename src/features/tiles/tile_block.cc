#include "features/tiles/tile_block.h"

#include <algorithm>

#include "features/aggregations/state_bytes.h"
#include "features/tiles/event_record.h"
#include "features/tiles/tile_record.h"
#include "features/tiles/tile_states.h"

namespace gnomon {
namespace {

constexpr int kReadsBeforeRuns = 2;
constexpr size_t kFewestRecords = 3;
// States of constant size make prefixes of about the size of the records, others one that grows with their number: no runs for those.
constexpr size_t kMostGrowth = 4;

// Adds a record of either kind.
Status add_record(const StateLayout& layout, const Tile& tile, TimeUs start, std::string_view bytes, EventBatch* batch,
                  TileStates* states) {
  if (tile.start != start) return damaged_state("tile", "it starts at no tile's start");
  if (!bytes.empty() && bytes[0] == kTileRecord) return states->merge(tile, bytes);
  GN_TRY(decode_events(layout, tile, bytes, batch));
  states->add(batch->view(), 0, batch->size());
  return Status();
}

}  // namespace

size_t TileBlock::first_at(TimeUs time) const {
  const auto& starts = records_.starts;
  return static_cast<size_t>(std::lower_bound(starts.begin(), starts.end(), time) - starts.begin());
}

size_t TileBlock::size_bytes() const {
  return sizeof *this + records_.size_bytes() + prefixes_.size_bytes() + suffixes_.size_bytes();
}

Status TileBlock::prepare(const StateLayout& layout) {
  if (reads_ >= kReadsBeforeRuns || ++reads_ < kReadsBeforeRuns) return Status();
  if (level_ == kEventLevel || size() < kFewestRecords) return Status();
  return make_runs(layout);
}

Status TileBlock::make_runs(const StateLayout& layout) {
  TileStates states(layout);
  EventBatch batch;
  RecordList prefixes, suffixes;
  std::string encoded;
  for (size_t i = 0; i < size(); ++i) {
    const Tile tile = layout.tiles().tile_at(level_, start(i));
    GN_TRY(add_record(layout, tile, start(i), record(i), &batch, &states));
    encoded.clear();
    states.encode({time_.start, tile.last}, &encoded);
    prefixes.add(tile.last, encoded);
    if (prefixes.bytes.size() > kMostGrowth * records_.bytes.size()) return Status();
  }
  states.clear();
  for (size_t i = size(); i-- > 0;) {
    GN_TRY(add_record(layout, layout.tiles().tile_at(level_, start(i)), start(i), record(i), &batch, &states));
    encoded.clear();
    states.encode(suffix_time(i), &encoded);
    suffixes.add(start(i), encoded);
  }
  prefixes_ = std::move(prefixes);
  suffixes_ = std::move(suffixes);
  return Status();
}

}  // namespace gnomon
