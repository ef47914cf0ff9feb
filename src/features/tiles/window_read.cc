#include "features/tiles/window_read.h"

#include <algorithm>
#include <utility>

#include "features/aggregations/state_bytes.h"
#include "features/tiles/event_record.h"
#include "features/tiles/tile_record.h"

namespace gnomon {
namespace {

// How many records are read before last(n) looks whether it has enough.
constexpr size_t kFirstRecords = 16;
constexpr size_t kMostRecords = 256;

Status merge_state(TileRecord* record, WindowLane* lane) {
  std::string_view state;
  GN_TRY(record->find(lane->hash(), &state));
  return state.empty() ? Status() : lane->merge(state);
}

// Ranges of one level that touch each other become one, so that a scan over both finds one that covers it.
void append_united(std::vector<RecordRange>* ranges, std::vector<RecordRange>* to) {
  std::sort(ranges->begin(), ranges->end(), [](const RecordRange& a, const RecordRange& b) { return a.from < b.from; });
  const size_t first = to->size();
  for (const RecordRange& range : *ranges) {
    if (range.from >= range.to) continue;
    if (to->size() > first && range.from <= to->back().to) {
      to->back().to = std::max(to->back().to, range.to);
    } else {
      to->push_back(range);
    }
  }
}

}  // namespace

WindowRead::WindowRead(const StateLayout& layout, std::vector<WindowFeature> features)
    : layout_(layout),
      features_(std::move(features)),
      records_(layout.tiles().coarsest() + size_t{1}),
      below_(records_.size()) {
  for (size_t i = 0; i < features_.size(); ++i) {
    const int index = static_cast<int>(i);
    auto lane = std::find_if(lanes_.begin(), lanes_.end(), [&](const auto& known) { return known->takes(features_[i]); });
    if (lane == lanes_.end()) {
      lanes_.push_back(std::make_unique<WindowLane>(layout, features_[i]));
      a_feature_of_.push_back(index);
      lane = std::prev(lanes_.end());
    }
    (*lane)->add(index, features_[i]);
  }
  for (const auto& lane : lanes_) by_hash_.push_back(lane.get());
  std::sort(by_hash_.begin(), by_hash_.end(),
            [](const WindowLane* a, const WindowLane* b) { return a->hash() < b->hash(); });
  for (WindowLane* lane : by_hash_) (lane->reads_tiles() ? of_tiles_ : of_events_).push_back(lane);
}

Status WindowRead::set_time(TimeUs t) {
  spans_.resize(features_.size());
  for (size_t i = 0; i < features_.size(); ++i) {
    const auto same = std::find_if(features_.begin(), features_.begin() + static_cast<int64_t>(i),
                                   [&](const WindowFeature& other) { return other.window == features_[i].window; });
    const auto known = static_cast<size_t>(same - features_.begin());
    if (known < i) {
      spans_[i] = spans_[known];
      continue;
    }
    GN_ASSIGN(std::vector<WindowSpan> span, window_spans(features_[i].window, {&t, 1}));
    spans_[i] = span[0];
  }
  for (size_t i = 0; i < lanes_.size(); ++i) {
    lanes_[i]->set_times(spans_[static_cast<size_t>(a_feature_of_[i])],
                         [&](int feature) { return spans_[static_cast<size_t>(feature)].begin; });
  }
  return Status();
}

// Above the finest level windows take tiles whole, but for those that a window begins or ends in: of these the parts are read, and so on.
std::vector<RecordRange> WindowRead::reach() const {
  const TileLayout& tiles = layout_.tiles();
  std::vector<RecordRange> ranges;
  for (uint8_t level = 0; level <= tiles.coarsest(); ++level) {
    std::vector<RecordRange> of_level;
    for (const auto& lane : lanes_) {
      if (!lane->reads_tiles()) {
        const auto newest = static_cast<uint32_t>(std::clamp<int64_t>(lane->last_n(), kFirstRecords, kMostRecords));
        ranges.push_back({level, tiles.tile_at(level, lane->oldest()).start, lane->end(), newest});
        continue;
      }
      const TimeUs oldest = lane->oldest();
      if (oldest >= lane->end()) continue;
      if (level == tiles.coarsest()) {
        of_level.push_back({level, tiles.tile_at(level, oldest).start, lane->end()});
        continue;
      }
      const auto add_parts_of = [&](const Tile& tile) {
        of_level.push_back(
            {level, tiles.tile_at(level, std::max(tile.start, oldest)).start, std::min(end_of(tile), lane->end())});
      };
      const auto above = static_cast<uint8_t>(level + 1);
      const Tile last = tiles.tile_at(above, lane->end() - 1);
      if (last.last >= lane->end()) add_parts_of(last);
      lane->for_begins([&](TimeUs begin) {
        const Tile tile = tiles.tile_at(above, begin);
        if (tile.start != begin) add_parts_of(tile);
      });
    }
    append_united(&of_level, &ranges);
  }
  return ranges;
}

Status WindowRead::read(const RecordScan& scan, std::span<ResultColumn> columns, std::span<TimeUs> newest,
                        const OwnEvent& own, KeptEntity* kept) {
  kept_ = kept;
  return read_all(scan, {columns, newest, nullptr, own});
}

Status WindowRead::read_all(const RecordScan& scan, const WindowAnswers& answers) {
  for (WindowLane* lane : by_hash_) lane->start_entity(answers.own);
  Status status;
  if (kept_ == nullptr) {
    status = read_lanes(scan, by_hash_, answers);
  } else {
    status = read_lanes(scan, of_tiles_, answers);
    KeptEntity* kept = std::exchange(kept_, nullptr);  // last(n) stops when it has enough: blocks would read too much
    if (status.ok()) status = read_lanes(scan, of_events_, answers);
    kept_ = kept;
  }
  for (WindowLane* lane : by_hash_) lane->finish(answers);
  return status;
}

Status WindowRead::read_lanes(const RecordScan& scan, const Lanes& lanes, const WindowAnswers& answers) {
  if (lanes.empty()) return Status();
  TimeUs from = INT64_MAX;
  TimeUs to = INT64_MIN;
  for (const WindowLane* lane : lanes) {
    from = std::min(from, lane->oldest());
    to = std::max(to, lane->end());
  }
  const uint8_t coarsest = layout_.tiles().coarsest();
  from = layout_.tiles().tile_at(coarsest, from).start;
  if (kept_ == nullptr) return walk(scan, coarsest, from, to, lanes, answers);
  GN_ASSIGN(TimeUs oldest, kept_->oldest(layout_, scan));
  return walk_blocks(scan, coarsest, std::max(from, oldest), to, lanes, answers);
}

Status WindowRead::walk(const RecordScan& scan, uint8_t level, TimeUs from, TimeUs to, const Lanes& lanes,
                        const WindowAnswers& answers) {
  // Windows need all records that they reach: those are read at once, forwards, which is what stores do best.
  TimeUs reach = to;
  for (const WindowLane* lane : lanes) {
    if (lane->reads_tiles()) reach = std::min(reach, lane->oldest());
  }
  if (reach < to) {
    reach = std::max(from, layout_.tiles().tile_at(level, reach).start);
    RecordList& records = records_[level];
    records.clear();
    GN_TRY(scan(level, reach, to, false, [&](TimeUs start, std::string_view bytes) {
      records.add(start, bytes);
      return true;
    }));
    for (size_t i = records.size(); i-- > 0;) GN_TRY(visit(scan, level, records.starts[i], records.at(i), lanes, answers));
    to = reach;
  }
  return walk_events(scan, level, from, to, lanes, answers);
}

// The rest is for last(n), which may have enough after a few records.
Status WindowRead::walk_events(const RecordScan& scan, uint8_t level, TimeUs from, TimeUs to, const Lanes& lanes,
                               const WindowAnswers& answers) {
  RecordList& records = records_[level];
  for (size_t most = kFirstRecords; from < to; most = std::min(2 * most, kMostRecords)) {
    if (std::all_of(lanes.begin(), lanes.end(),
                    [](const WindowLane* lane) { return lane->is_done() || lane->reads_tiles(); }))
      break;
    records.clear();
    GN_TRY(scan(level, from, to, true, [&](TimeUs start, std::string_view bytes) {
      records.add(start, bytes);
      return records.size() < most;
    }));
    for (size_t i = 0; i < records.size(); ++i) GN_TRY(visit(scan, level, records.starts[i], records.at(i), lanes, answers));
    if (records.size() < most) break;
    to = records.starts.back();
  }
  return Status();
}

Status WindowRead::walk_blocks(const RecordScan& scan, uint8_t level, TimeUs from, TimeUs to, const Lanes& lanes,
                               const WindowAnswers& answers) {
  while (from < to) {
    GN_ASSIGN(const TileBlock* block, kept_->block(layout_, level, to - 1, scan));
    GN_TRY(visit_block(scan, *block, block->first_at(from), block->first_at(to), lanes, answers));
    if (std::all_of(lanes.begin(), lanes.end(), [](const WindowLane* lane) { return lane->is_done(); })) break;
    to = block->time().start;
  }
  return Status();
}

Status WindowRead::visit_block(const RecordScan& scan, const TileBlock& block, size_t first, size_t end, const Lanes& lanes,
                               const WindowAnswers& answers) {
  size_t alone = 0;
  while (end > first) {
    if (alone == 0) {
      GN_ASSIGN(size_t taken, take_run(block, first, end, lanes, answers, &alone));
      end -= taken;
      if (taken > 0) continue;
    }
    --end;
    --alone;
    GN_TRY(visit(scan, block.level(), block.start(end), block.record(end), lanes, answers));
  }
  return Status();
}

Result<size_t> WindowRead::take_run(const TileBlock& block, size_t first, size_t end, const Lanes& lanes,
                                    const WindowAnswers& answers, size_t* alone) {
  *alone = 1;
  if (!block.has_runs()) return size_t{0};
  const TimeUs last = block.prefix_time(end - 1).last;
  TimeUs begin = INT64_MIN;
  TimeUs as_of = INT64_MAX;
  for (WindowLane* lane : lanes) {
    if (lane->is_done()) continue;
    if (last >= lane->end()) return size_t{0};
    begin = std::max(begin, lane->next_begin(last, answers));
    as_of = std::min(as_of, lane->as_of());
  }
  const size_t start = std::max(first, block.first_at(begin));
  if (end - std::min(start, end) < 2) return size_t{0};
  Tile time = block.suffix_time(start);
  std::string_view bytes;
  if (end == block.size()) {
    bytes = block.suffix(start);
  } else if (start == 0) {
    time = block.prefix_time(end - 1);
    bytes = block.prefix(end - 1);
  } else {
    *alone = end - start;
    return size_t{0};
  }
  GN_ASSIGN(TileRecord record, TileRecord::read(time, bytes));
  if (record.summary().visible_from > as_of) return size_t{0};
  for (WindowLane* lane : lanes) {
    if (!lane->is_done()) GN_TRY(merge_state(&record, lane));
  }
  return end - start;
}

Status WindowRead::visit(const RecordScan& scan, uint8_t level, TimeUs start, std::string_view bytes, const Lanes& lanes,
                         const WindowAnswers& answers) {
  const Tile tile = layout_.tiles().tile_at(level, start);
  if (tile.start != start) return damaged_state("tile", "it starts at no tile's start");
  if (level != kEventLevel && !bytes.empty() && bytes[0] == kTileRecord)
    return visit_tile(scan, level, tile, bytes, lanes, answers);
  GN_TRY(decode_events(layout_, tile, bytes, &batch_));
  const StateEvents& events = batch_.view();
  for (WindowLane* lane : lanes) {
    if (!lane->is_done()) lane->add_events(events, answers);
  }
  return Status();
}

Status WindowRead::visit_tile(const RecordScan& scan, uint8_t level, const Tile& tile, std::string_view bytes,
                              const Lanes& lanes, const WindowAnswers& answers) {
  GN_ASSIGN(TileRecord record, TileRecord::read(tile, bytes));
  Lanes& below = below_[level];
  below.clear();
  TimeUs from = tile.last;
  TimeUs to = tile.start;
  for (WindowLane* lane : lanes) {
    if (lane->is_done() || tile.start >= lane->end() || tile.last < lane->oldest()) continue;
    if (lane->takes_whole(tile, record.summary().visible_from, answers)) {
      GN_TRY(merge_state(&record, lane));
      if (answers.explanation != nullptr)
        answers.explanation->tiles.push_back({level, tile.start, end_of(tile), record.summary().events});
    } else if (!lane->is_done()) {
      below.push_back(lane);
      from = std::min(from, std::max(tile.start, lane->oldest()));
      to = std::max(to, std::min(end_of(tile), lane->end()));
    }
  }
  if (below.empty()) return Status();
  const auto next = static_cast<uint8_t>(level - 1);
  from = layout_.tiles().tile_at(next, from).start;
  return kept_ == nullptr ? walk(scan, next, from, to, below, answers) : walk_blocks(scan, next, from, to, below, answers);
}

Result<WindowExplanation> explain_window(const StateLayout& layout, const WindowFeature& feature, TimeUs t,
                                         const RecordScan& scan) {
  WindowRead read(layout, {feature});
  GN_TRY(read.set_time(t));
  WindowExplanation explanation;
  explanation.span = read.spans()[0];
  std::vector<ResultColumn> columns{ResultColumn(feature.kernel->result_type())};
  TimeUs newest = kNoEvent;
  GN_TRY(read.read_all(scan, {columns, {&newest, 1}, &explanation}));
  return explanation;
}

}  // namespace gnomon
