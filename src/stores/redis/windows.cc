#include "stores/redis/windows.h"

#include <charconv>
#include <functional>
#include <limits>
#include <thread>

#include "stores/redis/window_members.h"
#include "stores/redis/window_reader.h"
#include "stores/store_owner.h"

namespace gnomon {

namespace {

// Calls use() with all keys of a space, some at a time; with some of them maybe twice.
Status for_redis_keys(RedisServers* servers, const RedisKeySpace& space,
                      const std::function<Status(const std::vector<std::string>& keys)>& use) {
  for (const RedisAddress& node : servers->nodes()) {
    std::string cursor = "0";
    do {
      GN_ASSIGN(RedisReply reply, servers->run_at(node, {"SCAN", cursor, "MATCH", space.pattern(), "COUNT", "1000"}));
      if (reply.value().size() != 2) return redis_error("no answer to SCAN", node.text());
      cursor = reply.value()[0].text();
      const RedisValue found = reply.value()[1];
      std::vector<std::string> keys;
      for (size_t i = 0; i < found.size(); ++i) {
        if (space.has(found[i].text())) keys.emplace_back(found[i].text());
      }
      GN_TRY(use(keys));
    } while (cursor != "0");
  }
  return Status();
}

}  // namespace

Status sweep_redis_keys(RedisServers* servers, RedisMeta* meta, const std::string& prefix, const std::string& what) {
  uint32_t number = 0;
  std::from_chars(what.data() + 1, what.data() + what.size(), number);
  const RedisKeySpace space(prefix, static_cast<RedisKind>(what[0]), number);
  GN_TRY(for_redis_keys(servers, space, [&](const std::vector<std::string>& keys) -> Status {
    RedisBatch batch = servers->batch();
    for (const std::string& key : keys) batch.add(key, {"UNLINK", key});
    for (const RedisAnswer& answer : servers->run(batch, RedisPatience::kInsist)) GN_TRY(answer.status);
    return Status();
  }));
  return meta->dropped(what);
}

Status RedisWindows::write_records(const std::string& name_space, std::span<const WindowRecord> records,
                                   const std::vector<OnlineMark>& marks) {
  GN_TRY(check_writable(place_.folder, place_.mode));
  std::lock_guard lock(*write_mutex_);
  GN_TRY(log_.finish());
  GN_ASSIGN(const uint32_t number, meta_->find_or_add_namespace(name_space));
  place_.env->kill_point("store.before_write");
  if (records.empty()) {
    GN_TRY(meta_->commit(marks).status());
  } else {
    GN_TRY(log_.write(number, records, marks));
  }
  place_.env->kill_point("store.after_write");
  return Status();
}

Status RedisWindows::load_records(const std::string& name_space, std::span<const WindowRecord> records) {
  GN_TRY(check_writable(place_.folder, place_.mode));
  std::lock_guard lock(*write_mutex_);
  GN_ASSIGN(const uint32_t number, meta_->find_or_add_namespace(name_space));
  return log_.put(number, meta_->sequence(), records);
}

// Every load waited for as many replicas as are asked for; on disk it is when the servers say so.
Status RedisWindows::flush_records(const std::string&) { return check_writable(place_.folder, place_.mode); }

Result<std::unique_ptr<WindowReader>> RedisWindows::reader(const std::string& name_space) const {
  GN_ASSIGN(std::optional<uint32_t> number, meta_->find_namespace(name_space));
  return std::unique_ptr<WindowReader>(std::make_unique<RedisWindowReader>(servers_, meta_, prefix_, name_space, number));
}

Status RedisWindows::scan_records(const std::string& name_space, std::string_view entity, uint8_t level, TimeUs from,
                                  TimeUs to, bool descending, const WindowRecordFn& fn) const {
  GN_ASSIGN(std::unique_ptr<WindowReader> once, reader(name_space));
  return once->scan(entity, level, from, to, descending, fn);
}

Result<int64_t> RedisWindows::remove_before(const std::string& name_space, std::span<const TimeUs> before) {
  GN_TRY(check_writable(place_.folder, place_.mode));
  std::lock_guard lock(*write_mutex_);
  GN_TRY(log_.finish());
  GN_ASSIGN(std::optional<uint32_t> number, meta_->find_namespace(name_space));
  if (!number) return int64_t{0};
  // Other processes may go by marks that are so old; afterwards they know what they may not read any more.
  std::this_thread::sleep_for(kMetaMaxAge);
  int64_t removed = 0;
  const RedisKeySpace space(prefix_, RedisKind::kWindows, *number);
  GN_TRY(for_redis_keys(servers_, space, [&](const std::vector<std::string>& keys) -> Status {
    RedisBatch batch = servers_->batch();
    for (const std::string& key : keys) {
      for (size_t level = 0; level < before.size(); ++level) {
        const std::string first = "[" + window_place(static_cast<uint8_t>(level), std::numeric_limits<TimeUs>::min());
        const std::string end = "(" + window_place(static_cast<uint8_t>(level), before[level]);
        batch.add(key, {"ZREMRANGEBYLEX", key, first, end});
      }
    }
    for (const RedisAnswer& answer : servers_->run(batch, RedisPatience::kInsist)) {
      GN_TRY(answer.status);
      removed += answer.value().integer();
    }
    return Status();
  }));
  return removed;
}

Status RedisWindows::drop_records(const std::string& name_space) {
  GN_TRY(check_writable(place_.folder, place_.mode));
  std::lock_guard lock(*write_mutex_);
  GN_TRY(log_.finish());
  GN_ASSIGN(std::optional<uint32_t> number, meta_->drop_namespace(name_space));
  if (!number) return Status();
  return sweep_redis_keys(servers_, meta_, prefix_, "w" + std::to_string(*number));
}

}  // namespace gnomon
