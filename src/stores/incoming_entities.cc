#include <algorithm>

#include <arrow/record_batch.h>

#include "base/hash.h"
#include "stores/entity_key.h"
#include "stores/incoming_rows.h"
#include "stores/sorted_bytes.h"
#include "stores/version_merge.h"

namespace gnomon {
namespace {

constexpr int64_t kRowsPerSlice = 1 << 14;  // keys of a slice stay in cache between encoding and gathering
constexpr size_t kFirstTableSlots = 1 << 10;
constexpr size_t kAhead = 8;  // rows between one look of a row and its next

// The first eight bytes as a number that sorts as they do; shorter keys are padded with zeros.
uint64_t leading_word(std::string_view key) {
  char bytes[8] = {};
  std::memcpy(bytes, key.data(), std::min<size_t>(key.size(), sizeof bytes));
  return load_big<uint64_t>(bytes);
}

// The ranking of version_merge.h, between a row and the entity's floor.
bool ranks_before_floor(const IncomingRows& rows, RowRef row, const VersionTimes& times, const IncomingEntity& entity) {
  int by_times = compare_times(times, entity.floor_times);
  if (by_times != 0) return by_times > 0;
  int by_content = rows.compare_content_of(row, entity.floor);
  return by_content != 0 ? by_content > 0 : times.known_at < entity.floor_times.known_at;
}

}  // namespace

// Rows come in no order, so that each look at the table, at an entity and at its key would wait for memory. The looks of rows that come
// soon are begun early instead: each of the three as soon as the one before has arrived.
inline void IncomingEntities::prefetch(std::span<const uint64_t> hashes, size_t at) const {
  const size_t mask = table_.size() - 1;
  if (at + 3 * kAhead < hashes.size()) __builtin_prefetch(&table_[hashes[at + 3 * kAhead] & mask]);
  if (at + 2 * kAhead < hashes.size()) {
    const uint32_t place = table_[hashes[at + 2 * kAhead] & mask];
    if (place != 0) {
      const char* entity = reinterpret_cast<const char*>(&entities_[place - 1]);
      __builtin_prefetch(entity);
      __builtin_prefetch(entity + sizeof(IncomingEntity) - 1);
    }
  }
  if (at + kAhead < hashes.size()) {
    const uint32_t place = table_[hashes[at + kAhead] & mask];
    if (place != 0) __builtin_prefetch(keys_.data() + entities_[place - 1].key_start);
  }
}

Result<IncomingEntities> IncomingEntities::gather(const OnlineViewSpec& view, const IncomingRows& rows,
                                                  std::optional<TimeUs> cutoff) {
  IncomingEntities gathered;
  gathered.table_.assign(kFirstTableSlots, 0);
  EntityKeys keys;
  std::vector<uint64_t> hashes;
  for (uint32_t batch = 0; batch < rows.batches().size(); ++batch) {
    int64_t batch_rows = rows.batches()[batch]->num_rows();
    for (int64_t start = 0; start < batch_rows; start += kRowsPerSlice) {
      GN_TRY(encode_entity_keys(*view.keys, *rows.batches()[batch]->Slice(start, kRowsPerSlice), &keys));
      hashes.resize(keys.bytes.size());
      for (size_t i = 0; i < hashes.size(); ++i) hashes[i] = hash64(keys.bytes[i]);
      for (size_t i = 0; i < hashes.size(); ++i) {
        gathered.prefetch(hashes, i);
        RowRef row{batch, static_cast<uint32_t>(start + static_cast<int64_t>(i))};
        gathered.add(&gathered.entity_of(keys.bytes[i], hashes[i]), row, view.serving_lag_us, cutoff, rows);
      }
    }
  }
  gathered.sort_by_key();
  return gathered;
}

IncomingEntity& IncomingEntities::entity_of(std::string_view key, uint64_t hash) {
  size_t mask = table_.size() - 1;
  size_t slot = hash & mask;
  for (; table_[slot] != 0; slot = (slot + 1) & mask) {
    IncomingEntity& entity = entities_[table_[slot] - 1];
    if (entity.hash == hash && this->key(entity) == key) return entity;
  }
  IncomingEntity entity;
  entity.key_start = keys_.size();
  entity.key_bytes = static_cast<uint32_t>(key.size());
  entity.hash = hash;
  keys_.append(key);
  entities_.push_back(entity);
  table_[slot] = static_cast<uint32_t>(entities_.size());
  if (entities_.size() * 2 > table_.size()) grow_table();
  return entities_.back();
}

void IncomingEntities::grow_table() {
  table_.assign(table_.size() * 2, 0);
  size_t mask = table_.size() - 1;
  for (size_t i = 0; i < entities_.size(); ++i) {
    size_t slot = entities_[i].hash & mask;
    while (table_[slot] != 0) slot = (slot + 1) & mask;
    table_[slot] = static_cast<uint32_t>(i + 1);
  }
}

void IncomingEntities::add(IncomingEntity* entity, RowRef row, TimeUs serving_lag_us, std::optional<TimeUs> cutoff,
                           const IncomingRows& rows) {
  VersionTimes times = rows.times(row);
  TimeUs visible = visible_from(times, serving_lag_us);
  if (!cutoff || visible > *cutoff) {
    later_.push_back({row, entity->first_later});
    entity->first_later = static_cast<uint32_t>(later_.size() - 1);
    return;
  }
  if (entity->has_floor && !ranks_before_floor(rows, row, times, *entity)) {
    entity->dropped_from = std::min(entity->dropped_from, visible);
    return;
  }
  if (entity->has_floor)
    entity->dropped_from = std::min(entity->dropped_from, visible_from(entity->floor_times, serving_lag_us));
  entity->has_floor = true;
  entity->floor = row;
  entity->floor_times = times;
}

void IncomingEntities::sort_by_key() {
  struct Place {
    uint64_t leading;
    uint32_t entity;
  };
  std::vector<Place> places(entities_.size());
  for (uint32_t i = 0; i < places.size(); ++i) places[i] = {leading_word(key(entities_[i])), i};
  std::sort(places.begin(), places.end(), [this](const Place& a, const Place& b) {
    return a.leading != b.leading ? a.leading < b.leading : key(entities_[a.entity]) < key(entities_[b.entity]);
  });
  order_.resize(places.size());
  for (size_t i = 0; i < places.size(); ++i) order_[i] = places[i].entity;
}

}  // namespace gnomon
