#include "features/tiles/tile_states.h"

#include <algorithm>
#include <limits>

namespace gnomon {
namespace {

constexpr TileSummary kNothing = {0, std::numeric_limits<TimeUs>::min(), std::numeric_limits<TimeUs>::min()};

}  // namespace

TileStates::TileStates(const StateLayout& layout) : layout_(layout), summary_(kNothing) {
  for (const BaseAggregate& base : layout.bases()) states_.push_back(base.kernel->accumulator());
}

void TileStates::clear() {
  summary_ = kNothing;
  for (auto& state : states_) state->clear();
}

void TileStates::add(const StateEvents& events, int64_t begin, int64_t end) {
  summary_.events += end - begin;
  for (int64_t at = begin; at < end; ++at) {
    summary_.newest = std::max(summary_.newest, events.event_time[at]);
    summary_.visible_from = std::max(summary_.visible_from, events.visible_at(at));
  }
  for (size_t i = 0; i < states_.size(); ++i) {
    const BaseAggregate& base = layout_.bases()[i];
    const Events values = events.column(base.column);
    if (base.filter == kNone) {
      states_[i]->add(values, begin, end);
      continue;
    }
    const uint8_t* passes = events.passes[static_cast<size_t>(base.filter)];
    for_runs(
        begin, end, [&](int64_t at) { return passes[at] != 0; },
        [&](int64_t first, int64_t last) { states_[i]->add(values, first, last); });
  }
}

Status TileStates::merge(const Tile& tile, std::string_view bytes) {
  GN_ASSIGN(TileRecord record, TileRecord::read(tile, bytes));
  summary_.events += record.summary().events;
  summary_.newest = std::max(summary_.newest, record.summary().newest);
  summary_.visible_from = std::max(summary_.visible_from, record.summary().visible_from);
  for (int index : layout_.bases_by_hash()) {
    std::string_view state;
    GN_TRY(record.find(layout_.bases()[static_cast<size_t>(index)].hash, &state));
    if (!state.empty()) GN_TRY(states_[static_cast<size_t>(index)]->merge(state));
  }
  return record.finish();
}

void TileStates::encode(const Tile& tile, std::string* out) {
  GN_ASSERT(summary_.events > 0);
  put_tile_summary(tile, summary_, states_.size(), out);
  for (int index : layout_.bases_by_hash()) {
    const Accumulator& state = *states_[static_cast<size_t>(index)];
    encoded_.clear();
    if (state.newest() != kNoEvent) state.encode(&encoded_);
    put_tile_state(layout_.bases()[static_cast<size_t>(index)].hash, encoded_, out);
  }
}

}  // namespace gnomon
