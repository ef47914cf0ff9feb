// KeptTiles: the records of entities that were read of late, in memory. A store is asked for a block of records once, until the
// entity is written again.
//
// Its bytes are bounded: the entities that were read longest ago are forgotten first.
// Thread-safety: KeptTiles may be used from any thread; a KeptEntity while its mutex is held.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "features/tiles/state_layout.h"
#include "features/tiles/tile_block.h"
#include "features/tiles/tile_builder.h"
#include "gnomon/status.h"

namespace gnomon {

class KeptEntity {
 public:
  std::mutex mutex;

  // Forgets all, if it was kept at another version. A version is a number that changes with every write to the entity.
  void start(uint64_t version);
  void clear();

  // The block of `level` that holds `time`: read by `scan` if it is not kept. It lives until clear().
  // ERRORS: those of the scan; GN220 for damaged records.
  Result<const TileBlock*> block(const StateLayout& layout, uint8_t level, TimeUs time, const RecordScan& scan);

  // Where the oldest record of the coarsest level starts; INT64_MAX where there is none.
  Result<TimeUs> oldest(const StateLayout& layout, const RecordScan& scan);

  size_t size_bytes() const { return size_bytes_; }

 private:
  struct Place {
    uint8_t level;
    TimeUs start;
    bool operator==(const Place&) const = default;
  };
  struct HashPlace {
    size_t operator()(const Place& place) const;
  };

  uint64_t version_ = 0;
  bool knows_oldest_ = false;
  TimeUs oldest_ = 0;
  size_t size_bytes_ = 0;
  std::unordered_map<Place, TileBlock, HashPlace> blocks_;
};

class KeptTiles {
 public:
  explicit KeptTiles(size_t most_bytes = size_t{64} << 20) : most_bytes_(most_bytes) {}

  std::shared_ptr<KeptEntity> entity(std::string_view key);
  // Takes note of what the entity has come to need. Not while its mutex is held by the caller, for it may be cleared.
  void settle(std::string_view key, size_t size_bytes);

  size_t size_bytes() const;

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<KeptEntity> entity;
    size_t size_bytes = 0;
  };
  void forget_oldest();

  const size_t most_bytes_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // the one used last first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;
  size_t size_bytes_ = 0;
};

}  // namespace gnomon
