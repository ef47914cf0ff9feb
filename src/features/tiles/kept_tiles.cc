#include "features/tiles/kept_tiles.h"

#include <limits>

namespace gnomon {
namespace {

// A list's node, a map's, the key twice.
constexpr size_t kBytesOfEntry = 256;

}  // namespace

size_t KeptEntity::HashPlace::operator()(const Place& place) const {
  const uint64_t mixed = (static_cast<uint64_t>(place.start) ^ (uint64_t{place.level} << 56)) * 0x9e3779b97f4a7c15;
  return static_cast<size_t>(mixed ^ (mixed >> 32));
}

void KeptEntity::start(uint64_t version) {
  if (version != version_) clear();
  version_ = version;
}

void KeptEntity::clear() {
  blocks_.clear();
  knows_oldest_ = false;
  size_bytes_ = 0;
}

Result<const TileBlock*> KeptEntity::block(const StateLayout& layout, uint8_t level, TimeUs time, const RecordScan& scan) {
  const Tile bounds = layout.tiles().block_at(level, time);
  const auto [found, is_new] = blocks_.try_emplace(Place{level, bounds.start}, level, bounds);
  TileBlock& block = found->second;
  if (is_new) {
    const Status status = scan(level, bounds.start, end_of(bounds), false, [&](TimeUs start, std::string_view bytes) {
      block.add(start, bytes);
      return true;
    });
    if (!status.ok()) {
      blocks_.erase(found);
      return status;
    }
  } else {
    size_bytes_ -= block.size_bytes();
  }
  const Status status = block.prepare(layout);
  size_bytes_ += block.size_bytes();
  if (!status.ok()) return status;
  return &block;
}

Result<TimeUs> KeptEntity::oldest(const StateLayout& layout, const RecordScan& scan) {
  if (knows_oldest_) return oldest_;
  constexpr TimeUs kFirst = std::numeric_limits<TimeUs>::min();
  constexpr TimeUs kLast = std::numeric_limits<TimeUs>::max();
  oldest_ = kLast;
  GN_TRY(scan(layout.tiles().coarsest(), kFirst, kLast, false, [&](TimeUs start, std::string_view) {
    oldest_ = start;
    return false;
  }));
  knows_oldest_ = true;
  return oldest_;
}

std::shared_ptr<KeptEntity> KeptTiles::entity(std::string_view key) {
  std::lock_guard lock(mutex_);
  const auto known = by_key_.find(key);
  if (known != by_key_.end()) {
    entries_.splice(entries_.begin(), entries_, known->second);
    return known->second->entity;
  }
  const auto entity = std::make_shared<KeptEntity>();
  entries_.push_front({std::string(key), entity, kBytesOfEntry});
  by_key_.emplace(entries_.front().key, entries_.begin());
  size_bytes_ += kBytesOfEntry;
  while (size_bytes_ > most_bytes_) forget_oldest();
  return entity;
}

void KeptTiles::settle(std::string_view key, size_t size_bytes) {
  std::lock_guard lock(mutex_);
  const auto known = by_key_.find(key);
  if (known == by_key_.end()) return;  // forgotten meanwhile
  Entry& entry = *known->second;
  size_bytes += kBytesOfEntry;
  size_bytes_ += size_bytes - entry.size_bytes;
  entry.size_bytes = size_bytes;
  while (size_bytes_ > most_bytes_) forget_oldest();
}

void KeptTiles::forget_oldest() {
  size_bytes_ -= entries_.back().size_bytes;
  by_key_.erase(entries_.back().key);
  entries_.pop_back();
}

size_t KeptTiles::size_bytes() const {
  std::lock_guard lock(mutex_);
  return size_bytes_;
}

}  // namespace gnomon
