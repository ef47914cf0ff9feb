// Reads window records from Redis: an entity's records by one script call, so that they are of one instant. What was not asked for
// in advance is fetched when a scan comes to it; if the entity was written in between, the scan fails with GN533.
//
// A key that is not there is believed only if its namespace is still there afterwards: else the namespace was dropped meanwhile.
// Thread-safety: one thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "gnomon/window_store.h"
#include "stores/redis/meta.h"
#include "stores/redis/servers.h"

namespace gnomon {

class RedisWindowReader : public WindowReader {
 public:
  // `number` of the namespace; none: nothing was ever written to it.
  RedisWindowReader(RedisServers* servers, RedisMeta* meta, const std::string& prefix, std::string name,
                    std::optional<uint32_t> number)
      : servers_(servers),
        meta_(meta),
        name_(std::move(name)),
        number_(number),
        space_(prefix, RedisKind::kWindows, number.value_or(0)) {}

  Status prefetch(std::span<const WindowFetch> fetches) override;
  Status scan(std::string_view entity, uint8_t level, TimeUs from, TimeUs to, bool descending,
              const WindowRecordFn& fn) override;

  // prefetch() in two steps, as part of a greater batch. A namespace check is in order after all that was added.
  void add_to(RedisBatch* batch, std::span<const WindowFetch> fetches);
  bool takes_check() const { return number_.has_value(); }
  void add_check_to(RedisBatch* batch);
  // `answers`: of the whole batch.
  void take(std::vector<RedisAnswer>* answers);
  // Asks for the check where it was not part of the batch and something was missing.
  void check_if_missing();

  // Of the last take(): how many entities were asked for, and could not be read.
  size_t asked() const { return asked_; }
  const std::vector<Status>& failures() const { return failures_; }

 private:
  // Records of one level, all that start in [from, to).
  struct Segment {
    uint8_t level;
    TimeUs from;
    TimeUs to;
    std::vector<std::string_view> members;  // ascending
  };
  struct Entity {
    Status status;
    std::string key;
    std::string sequence;  // of its last write; empty: there is nothing
    std::vector<Segment> segments;
    std::vector<RedisReply> replies;  // that the members lie in
    bool is_read = false;
  };
  struct Pending {
    Entity* entity;
    size_t command;
    std::vector<RecordRange> ranges;
  };

  Entity& entity(std::string_view name);
  void add(RedisBatch* batch, Entity* entity, std::vector<RecordRange> ranges);
  void judge(const RedisAnswer& check);
  void take_one(const Pending& pending, RedisAnswer* answer);
  Status fetch(Entity* entity, const RecordRange& range);
  Status scan_forwards(Entity* entity, uint8_t level, TimeUs from, TimeUs to, const WindowRecordFn& fn);
  Status scan_backwards(Entity* entity, uint8_t level, TimeUs from, TimeUs to, const WindowRecordFn& fn);
  // The segment that has the records just before `to`, down to `from` or to where it begins. Null if none was read.
  const Segment* segment_before(const Entity& entity, uint8_t level, TimeUs to) const;

  RedisServers* servers_;
  RedisMeta* meta_;
  std::string name_;
  std::optional<uint32_t> number_;
  RedisKeySpace space_;
  std::map<std::string, Entity, std::less<>> entities_;
  std::vector<Pending> pending_;
  std::optional<size_t> check_;  // its command in the batch
  size_t asked_ = 0;
  std::vector<Entity*> missing_;  // of the last take(), until judged
  std::vector<Status> failures_;
  Status dropped_;  // not ok: the namespace is gone
};

}  // namespace gnomon
