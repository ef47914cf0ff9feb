#include "features/tiles/tile_record.h"

#include <limits>

#include "features/aggregations/state_bytes.h"

namespace gnomon {
namespace {

constexpr uint64_t kMaxEvents = uint64_t{1} << 48;

}  // namespace

Result<TileRecord> TileRecord::read(const Tile& tile, std::string_view bytes) {
  TileRecord record;
  record.reader_ = RecordReader(bytes);
  char kind = 0;
  uint64_t events = 0, newest = 0, visible = 0;
  RecordReader& reader = record.reader_;
  if (!reader.read_fixed(&kind) || kind != kTileRecord) return damaged_state("tile", "no record of a tile");
  if (!reader.read_varint(&events) || !reader.read_varint(&newest) || !reader.read_varint(&visible) ||
      !reader.read_varint(&record.states_left_)) {
    return damaged_state("tile", "it ends within its header");
  }
  if (events == 0 || events > kMaxEvents || newest > distance(tile.start, tile.last))
    return damaged_state("tile", "an impossible summary");
  record.summary_.events = static_cast<int64_t>(events);
  record.summary_.newest = static_cast<TimeUs>(static_cast<uint64_t>(tile.start) + newest);
  if (visible > distance(record.summary_.newest, std::numeric_limits<TimeUs>::max()))
    return damaged_state("tile", "an impossible visible_from");
  record.summary_.visible_from = static_cast<TimeUs>(static_cast<uint64_t>(record.summary_.newest) + visible);
  return record;
}

bool TileRecord::next() {
  if (states_left_ == 0) return false;
  --states_left_;
  const uint64_t before = hash_;
  uint64_t size_bytes = 0;
  if (!reader_.read_fixed(&hash_) || !reader_.read_varint(&size_bytes) || !reader_.read_bytes(size_bytes, &state_))
    return false;
  const bool ascends = !is_at_state_ || before < hash_;
  is_at_state_ = true;
  return ascends;
}

Status TileRecord::find(uint64_t hash, std::string_view* state) {
  while (!is_at_state_ || hash_ < hash) {
    if (!next()) return damaged_state("tile", "it ends before a state that it should have");
  }
  if (hash_ != hash) return damaged_state("tile", "it lacks a state");
  *state = state_;
  return Status();
}

Status TileRecord::finish() {
  while (states_left_ > 0) {
    if (!next()) return damaged_state("tile", "it ends within its states");
  }
  return reader_.remaining() == 0 ? Status() : damaged_state("tile", "bytes after its last state");
}

void put_tile_summary(const Tile& tile, const TileSummary& summary, size_t states, std::string* out) {
  out->push_back(kTileRecord);
  put_varint(static_cast<uint64_t>(summary.events), out);
  put_varint(distance(tile.start, summary.newest), out);
  put_varint(distance(summary.newest, summary.visible_from), out);
  put_varint(states, out);
}

void put_tile_state(uint64_t hash, std::string_view state, std::string* out) {
  put(hash, out);
  put_varint(state.size(), out);
  out->append(state);
}

}  // namespace gnomon
