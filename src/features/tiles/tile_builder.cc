#include "features/tiles/tile_builder.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "features/aggregations/state_bytes.h"
#include "features/tiles/event_record.h"
#include "features/tiles/tile_record.h"
#include "features/tiles/tile_states.h"

namespace gnomon {
namespace {

constexpr size_t kRecordsAtOnce = 4096;

// Calls use(tile, part) for each tile of `level` that holds some of the events, oldest first.
template <class Use>
Status for_tiles(const TileLayout& tiles, uint8_t level, const EventRange& range, const Use& use) {
  const TimeUs* time = range.events.event_time;
  for (int64_t begin = range.begin; begin < range.end;) {
    const Tile tile = tiles.tile_at(level, time[begin]);
    const int64_t end = std::upper_bound(time + begin, time + range.end, tile.last) - time;
    GN_TRY(use(tile, EventRange{range.events, begin, end}));
    begin = end;
  }
  return Status();
}

// Collects the records of one entity after another.
class EntityRecords {
 public:
  explicit EntityRecords(const StateLayout& layout)
      : layout_(layout), states_(layout), levels_(layout.tiles().coarsest() + size_t{1}) {}

  void begin_entity(std::string_view entity) { entity_ = entity; }

  // Makes the tiles of `level` that hold `range`, and everything below them. REQUIRES: all events of these tiles, in canonical order.
  void build(uint8_t level, const EventRange& range) {
    if (level == kEventLevel) {
      const Tile tile = layout_.tiles().tile_at(level, range.events.event_time[range.begin]);
      encode_events(layout_, tile, range, record(level, tile));
      return;
    }
    const Status built = for_tiles(layout_.tiles(), level, range, [&](const Tile& tile, const EventRange& part) {
      if (part.size() <= layout_.tiles().folded_events) {
        encode_events(layout_, tile, part, record(level, tile));
      } else {
        states_.clear();
        states_.add(part.events, part.begin, part.end);
        states_.encode(tile, record(level, tile));
        build(static_cast<uint8_t>(level - 1), part);
      }
      return Status();
    });
    GN_ASSERT(built.ok());
  }

  // Adds `range`, which lies in `tile`, to what is there. REQUIRES: in canonical order.
  Status add(uint8_t level, const Tile& tile, const EventRange& range, const RecordScan& existing) {
    std::string old;
    GN_TRY(existing(level, tile.start, end_of(tile), false, [&](TimeUs start, std::string_view bytes) {
      if (start == tile.start) old = bytes;
      return false;
    }));
    if (old.empty()) {
      if (level == kEventLevel) return damaged_state("tile", "its events are missing");
      build(level, range);
      return Status();
    }
    if (level == kEventLevel || old[0] == kEventRecord) return add_to_events(level, tile, range, old);
    states_.clear();
    GN_TRY(states_.merge(tile, old));
    states_.add(range.events, range.begin, range.end);
    states_.encode(tile, record(level, tile));
    const auto below = static_cast<uint8_t>(level - 1);
    return for_tiles(layout_.tiles(), below, range,
                     [&](const Tile& part, const EventRange& events) { return add(below, part, events, existing); });
  }

  // Takes what was collected for the entity, ascending in (level, start).
  void move_to(std::vector<WindowRecord>* out) {
    for (std::vector<WindowRecord>& level : levels_) {
      std::move(level.begin(), level.end(), std::back_inserter(*out));
      level.clear();
    }
  }

 private:
  Status add_to_events(uint8_t level, const Tile& tile, const EventRange& range, std::string_view old) {
    EventBatch both, sorted;
    GN_TRY(decode_events(layout_, tile, old, &both));
    std::vector<int64_t> added(static_cast<size_t>(range.size()));
    std::iota(added.begin(), added.end(), range.begin);
    both.append(range.events, added);
    build(level, canonical_events(layout_, both.view(), 0, both.size(), &sorted));
    return Status();
  }

  std::string* record(uint8_t level, const Tile& tile) {
    levels_[level].push_back({std::string(entity_), level, tile.start, ""});
    return &levels_[level].back().bytes;
  }

  const StateLayout& layout_;
  TileStates states_;
  std::string_view entity_;
  std::vector<std::vector<WindowRecord>> levels_;
};

}  // namespace

Status build_tiles(const StateLayout& layout, const StateEvents& events, std::span<const EntityEvents> entities,
                   const RecordSink& sink) {
  EntityRecords records(layout);
  EventBatch scratch;
  std::vector<WindowRecord> ready;
  for (const EntityEvents& entity : entities) {
    if (entity.begin == entity.end) continue;
    records.begin_entity(entity.entity);
    records.build(layout.tiles().coarsest(), canonical_events(layout, events, entity.begin, entity.end, &scratch));
    records.move_to(&ready);
    if (ready.size() < kRecordsAtOnce) continue;
    GN_TRY(sink(ready));
    ready.clear();
  }
  return ready.empty() ? Status() : sink(ready);
}

std::vector<RecordRange> reach_of_events(const StateLayout& layout, const StateEvents& events, const EntityEvents& entity) {
  std::vector<RecordRange> ranges;
  for (uint8_t level = 0; level <= layout.tiles().coarsest(); ++level) {
    const Status listed =
        for_tiles(layout.tiles(), level, {events, entity.begin, entity.end}, [&](const Tile& tile, const EventRange&) {
          ranges.push_back({level, tile.start, end_of(tile)});
          return Status();
        });
    GN_ASSERT(listed.ok());
  }
  return ranges;
}

Result<std::vector<WindowRecord>> add_events(const StateLayout& layout, const StateEvents& events,
                                             const EntityEvents& entity, const RecordScan& existing) {
  EntityRecords records(layout);
  records.begin_entity(entity.entity);
  EventBatch scratch;
  const EventRange range = canonical_events(layout, events, entity.begin, entity.end, &scratch);
  const uint8_t coarsest = layout.tiles().coarsest();
  GN_TRY(for_tiles(layout.tiles(), coarsest, range,
                   [&](const Tile& tile, const EventRange& part) { return records.add(coarsest, tile, part, existing); }));
  std::vector<WindowRecord> replaced;
  records.move_to(&replaced);
  return replaced;
}

}  // namespace gnomon
