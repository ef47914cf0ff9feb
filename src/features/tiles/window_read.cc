#include "features/tiles/window_read.h"

#include <algorithm>

#include "features/aggregations/state_bytes.h"
#include "features/tiles/event_record.h"
#include "features/tiles/tile_record.h"

namespace gnomon {
namespace {

// How many records are read before last(n) looks whether it has enough.
constexpr size_t kFirstRecords = 16;
constexpr size_t kMostRecords = 256;

}  // namespace

void WindowRead::Records::clear() {
  starts.clear();
  ends.clear();
  bytes.clear();
}

void WindowRead::Records::add(TimeUs start, std::string_view record) {
  starts.push_back(start);
  bytes.append(record);
  ends.push_back(bytes.size());
}

std::string_view WindowRead::Records::record(size_t index) const {
  const size_t begin = index == 0 ? 0 : ends[index - 1];
  return std::string_view(bytes).substr(begin, ends[index] - begin);
}

WindowRead::WindowRead(const StateLayout& layout, std::vector<WindowFeature> features)
    : layout_(layout), features_(std::move(features)), records_(layout.tiles().coarsest() + size_t{1}) {
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

Status WindowRead::read(const RecordScan& scan, std::span<ResultColumn> columns, std::span<TimeUs> newest,
                        const OwnEvent& own) {
  return read_all(scan, {columns, newest, nullptr, own});
}

Status WindowRead::read_all(const RecordScan& scan, const WindowAnswers& answers) {
  if (lanes_.empty()) return Status();
  TimeUs from = INT64_MAX;
  TimeUs to = INT64_MIN;
  for (WindowLane* lane : by_hash_) {
    lane->start_entity(answers.own);
    from = std::min(from, lane->oldest());
    to = std::max(to, lane->end());
  }
  const uint8_t coarsest = layout_.tiles().coarsest();
  const Status status = walk(scan, coarsest, layout_.tiles().tile_at(coarsest, from).start, to, by_hash_, answers);
  for (WindowLane* lane : by_hash_) lane->finish(answers);
  return status;
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
    Records& records = records_[level];
    records.clear();
    GN_TRY(scan(level, reach, to, false, [&](TimeUs start, std::string_view bytes) {
      records.add(start, bytes);
      return true;
    }));
    for (size_t i = records.starts.size(); i-- > 0;) GN_TRY(visit(scan, level, i, lanes, answers));
    to = reach;
  }
  return walk_events(scan, level, from, to, lanes, answers);
}

// The rest is for last(n), which may have enough after a few records.
Status WindowRead::walk_events(const RecordScan& scan, uint8_t level, TimeUs from, TimeUs to, const Lanes& lanes,
                               const WindowAnswers& answers) {
  Records& records = records_[level];
  for (size_t most = kFirstRecords; from < to; most = std::min(2 * most, kMostRecords)) {
    if (std::all_of(lanes.begin(), lanes.end(),
                    [](const WindowLane* lane) { return lane->is_done() || lane->reads_tiles(); }))
      break;
    records.clear();
    GN_TRY(scan(level, from, to, true, [&](TimeUs start, std::string_view bytes) {
      records.add(start, bytes);
      return records.starts.size() < most;
    }));
    for (size_t i = 0; i < records.starts.size(); ++i) GN_TRY(visit(scan, level, i, lanes, answers));
    if (records.starts.size() < most) break;
    to = records.starts.back();
  }
  return Status();
}

Status WindowRead::visit(const RecordScan& scan, uint8_t level, size_t index, const Lanes& lanes,
                         const WindowAnswers& answers) {
  const TimeUs start = records_[level].starts[index];
  const std::string_view bytes = records_[level].record(index);
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
  Lanes& below = records_[level].below;
  below.clear();
  TimeUs from = tile.last;
  TimeUs to = tile.start;
  for (WindowLane* lane : lanes) {
    if (lane->is_done() || tile.start >= lane->end() || tile.last < lane->oldest()) continue;
    if (lane->takes_whole(tile, record.summary().visible_from, answers)) {
      std::string_view state;
      GN_TRY(record.find(lane->hash(), &state));
      if (!state.empty()) GN_TRY(lane->merge(state));
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
  return walk(scan, next, layout_.tiles().tile_at(next, from).start, to, below, answers);
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
