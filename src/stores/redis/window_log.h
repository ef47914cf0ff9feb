// A write of window records on its way: the log that makes it one step, though its entities lie on many nodes.
//
//   1. the whole write is put aside, then takes its place as the log, in one step that also checks who may write
//   2. the records are put, entity by entity; each remembers the write's sequence and takes no earlier write any more
//   3. the marks are set and the log removed, in one step
//
// Who finds a log, after a crash or an error in between, does 2 and 3 again: they change nothing where they were done.
//
// The log is a list: its first element says sequence u64, namespace u32, then the marks; the others hold records; each ends in a
// checksum u32. Texts are u32 size | bytes.
// Thread-safety: one thread at a time.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gnomon/window_store.h"
#include "stores/redis/meta.h"
#include "stores/redis/servers.h"

namespace gnomon {

class RedisWindowLog {
 public:
  RedisWindowLog(RedisServers* servers, RedisMeta* meta, std::string prefix, Env* env)
      : servers_(servers), meta_(meta), prefix_(std::move(prefix)), env_(env) {}

  // ERRORS: GN531; after any other the write may be pending: finish() says how it went on.
  Status write(uint32_t name_space, std::span<const WindowRecord> records, const std::vector<OnlineMark>& marks);

  // Ends the write that is pending, if there is one.
  Status finish();
  bool is_pending() const { return may_be_pending_; }

  // Puts records, whatever the log says; not one step.
  Status put(uint32_t name_space, uint64_t sequence, std::span<const WindowRecord> records);

 private:
  Status place(const std::vector<std::string>& elements);
  Status end(const std::string& head, const std::vector<OnlineMark>& marks);
  std::string log_key() const { return meta_->key_of("log"); }

  RedisServers* servers_;
  RedisMeta* meta_;
  std::string prefix_;
  Env* env_;
  bool may_be_pending_ = true;  // another process may have left one
};

}  // namespace gnomon
