#include "stores/redis/batch.h"

#include <fmt/format.h>

#include "stores/redis/keys.h"

namespace gnomon {

void RedisBatch::add(std::string_view key, std::span<const std::string_view> words) {
  append_redis_command(words, &bytes_);
  commands_.push_back({bytes_.size(), redis_slot(key)});
}

void RedisBatch::add(RedisScript script, std::span<const std::string_view> keys,
                     std::span<const std::string_view> arguments) {
  const fmt::format_int key_count(keys.size());
  words_.assign({"EVALSHA", names_[static_cast<size_t>(script)], std::string_view(key_count.data(), key_count.size())});
  words_.insert(words_.end(), keys.begin(), keys.end());
  words_.insert(words_.end(), arguments.begin(), arguments.end());
  add(keys.front(), words_);
}

void RedisBatch::clear() {
  bytes_.clear();
  commands_.clear();
}

}  // namespace gnomon
