// Rows in Redis: one value an entity and view. A write reads the values, merges in the rule of every store (version_merge.h), and
// swaps each against what it has read, again where somebody else was faster: no write takes a newer row away.
// Thread-safety: reads from any thread, and writes too.
#pragma once

#include <optional>

#include "stores/entity_key.h"
#include "stores/redis/meta.h"
#include "stores/redis/servers.h"

namespace gnomon {

class RedisRows {
 public:
  RedisRows(RedisServers* servers, RedisMeta* meta, std::string prefix, Env* env)
      : servers_(servers), meta_(meta), prefix_(std::move(prefix)), env_(env) {}

  Status write(const OnlineViewSpec& view, const arrow::RecordBatchVector& rows, TimeUs now);

  // One view's part of a batch of reads.
  class Read {
   public:
    // ERRORS: GN513, GN515.
    static Result<Read> begin(const RedisRows& rows, const OnlineQuery& query, RedisBatch* batch);
    // `answers`: of the whole batch.
    Result<OnlineRows> finish(const std::vector<RedisAnswer>& answers, TimeUs t, TimeUs now);

   private:
    const OnlineViewSpec* view_ = nullptr;
    RedisViewPtr written_;  // null if the view was never written
    EntityKeys entities_;
    std::vector<std::string> keys_;
    size_t first_ = 0;  // of its commands in the batch; keys with a null have none
  };

 private:
  class Write;
  static bool expires(const OnlineViewSpec& view);

  RedisServers* servers_;
  RedisMeta* meta_;
  std::string prefix_;
  Env* env_;
};

}  // namespace gnomon
