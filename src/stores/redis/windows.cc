#include "stores/redis/windows.h"

#include <charconv>

#include "stores/redis/window_reader.h"
#include "stores/store_owner.h"

namespace gnomon {

Status sweep_redis_keys(RedisServers* servers, RedisMeta* meta, const std::string& prefix, const std::string& what) {
  uint32_t number = 0;
  std::from_chars(what.data() + 1, what.data() + what.size(), number);
  const RedisKeySpace space(prefix, static_cast<RedisKind>(what[0]), number);
  for (const RedisAddress& node : servers->nodes()) {
    std::string cursor = "0";
    do {
      GN_ASSIGN(RedisReply reply, servers->run_at(node, {"SCAN", cursor, "MATCH", space.pattern(), "COUNT", "1000"}));
      if (reply.value().size() != 2) return redis_error("no answer to SCAN", node.text());
      cursor = reply.value()[0].text();
      const RedisValue keys = reply.value()[1];
      RedisBatch batch = servers->batch();
      for (size_t i = 0; i < keys.size(); ++i) {
        if (space.has(keys[i].text())) batch.add(keys[i].text(), {"UNLINK", keys[i].text()});
      }
      for (const RedisAnswer& answer : servers->run(batch, RedisPatience::kInsist)) GN_TRY(answer.status);
    } while (cursor != "0");
  }
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

Status RedisWindows::drop_records(const std::string& name_space) {
  GN_TRY(check_writable(place_.folder, place_.mode));
  std::lock_guard lock(*write_mutex_);
  GN_TRY(log_.finish());
  GN_ASSIGN(std::optional<uint32_t> number, meta_->drop_namespace(name_space));
  if (!number) return Status();
  return sweep_redis_keys(servers_, meta_, prefix_, "w" + std::to_string(*number));
}

}  // namespace gnomon
