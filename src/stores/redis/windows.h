// The WindowStore in Redis: a sorted set an entity and namespace (window_members.h), written through a log (window_log.h).
// Thread-safety: as WindowStore.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "gnomon/window_store.h"
#include "stores/redis/meta.h"
#include "stores/redis/servers.h"
#include "stores/redis/window_log.h"

namespace gnomon {

// Removes all keys of a kind and number, and then the note that they are to go. `what`: "<kind><number>".
Status sweep_redis_keys(RedisServers* servers, RedisMeta* meta, const std::string& prefix, const std::string& what);

class RedisWindows : public WindowStore {
 public:
  struct Place {
    std::string folder;
    OpenMode mode;
    Env* env;
  };

  RedisWindows(RedisServers* servers, RedisMeta* meta, const std::string& prefix, std::mutex* write_mutex, Place place)
      : servers_(servers),
        meta_(meta),
        prefix_(prefix),
        write_mutex_(write_mutex),
        place_(std::move(place)),
        log_(servers, meta, prefix, place_.env) {}

  Status write_records(const std::string& name_space, std::span<const WindowRecord> records,
                       const std::vector<OnlineMark>& marks) override;
  Status load_records(const std::string& name_space, std::span<const WindowRecord> records) override;
  Status flush_records(const std::string& name_space) override;
  Result<std::unique_ptr<WindowReader>> reader(const std::string& name_space) const override;
  Status scan_records(const std::string& name_space, std::string_view entity, uint8_t level, TimeUs from, TimeUs to,
                      bool descending, const WindowRecordFn& fn) const override;
  Result<int64_t> remove_before(const std::string& name_space, std::span<const TimeUs> before) override;
  Status drop_records(const std::string& name_space) override;

  // Ends a write that an error or a crash left half-way. REQUIRES: the write mutex.
  Status finish_pending() { return log_.finish(); }

 private:
  RedisServers* servers_;
  RedisMeta* meta_;
  std::string prefix_;
  std::mutex* write_mutex_;
  Place place_;
  RedisWindowLog log_;
};

}  // namespace gnomon
