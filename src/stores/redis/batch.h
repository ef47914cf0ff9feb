// Commands that are sent together, each to the node of its slot, and their answers.
// Thread-safety: one thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stores/redis/link.h"
#include "stores/redis/scripts.h"

namespace gnomon {

class RedisBatch {
 public:
  // REQUIRES: `names`, what the servers call the scripts, outlives it.
  explicit RedisBatch(const RedisScriptNames& names) : names_(names) {}

  // A command on `key`, which is among the words.
  void add(std::string_view key, std::span<const std::string_view> words);
  void add(std::string_view key, RedisWords words) { add(key, {words.begin(), words.size()}); }
  // A script over keys of one slot.
  void add(RedisScript script, std::span<const std::string_view> keys, std::span<const std::string_view> arguments);
  void add(RedisScript script, RedisWords keys, RedisWords arguments) {
    add(script, std::span<const std::string_view>(keys.begin(), keys.size()),
        std::span<const std::string_view>(arguments.begin(), arguments.size()));
  }
  void clear();

  size_t size() const { return commands_.size(); }
  size_t size_bytes() const { return bytes_.size(); }
  uint32_t slot(size_t i) const { return commands_[i].slot; }
  std::string_view command(size_t i) const {
    const size_t begin = i == 0 ? 0 : commands_[i - 1].end;
    return std::string_view(bytes_).substr(begin, commands_[i].end - begin);
  }

 private:
  struct Command {
    size_t end;  // in bytes_
    uint32_t slot;
  };
  const RedisScriptNames& names_;
  std::string bytes_;
  std::vector<Command> commands_;
  std::vector<std::string_view> words_;
};

// One command's: a reply, or why there is none.
struct RedisAnswer {
  std::optional<RedisReply> reply;
  Status status;

  // REQUIRES: status.ok()
  RedisValue value() const { return reply->value(); }
};

}  // namespace gnomon
