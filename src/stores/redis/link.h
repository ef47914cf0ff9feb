// One connection to one Redis node: commands out, replies in, each wait bounded by a deadline. The only place that knows hiredis.
// Ownership: a reply owns its bytes; a RedisValue points into it.
// Thread-safety: one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "gnomon/status.h"

struct redisContext;

namespace gnomon {

using RedisClock = std::chrono::steady_clock;
using RedisDeadline = RedisClock::time_point;

struct RedisAddress {
  std::string host;  // or the path of a Unix socket, if port is 0
  int port = 0;

  auto operator<=>(const RedisAddress&) const = default;
  std::string text() const;
};

// A part of a reply.
class RedisValue {
 public:
  enum class Kind { kNil, kText, kInteger, kArray, kError };

  explicit RedisValue(const void* reply) : reply_(reply) {}
  Kind kind() const;
  bool is_nil() const { return kind() == Kind::kNil; }
  std::string_view text() const;  // of kText and kError; else empty
  int64_t integer() const;        // of kInteger; else 0
  size_t size() const;            // of kArray; else 0
  RedisValue operator[](size_t i) const;

 private:
  const void* reply_;
};

class RedisReply {
 public:
  explicit RedisReply(void* reply) : reply_(reply) {}
  RedisValue value() const { return RedisValue(reply_.get()); }

 private:
  struct Free {
    void operator()(void* reply) const;
  };
  std::unique_ptr<void, Free> reply_;
};

using RedisWords = std::initializer_list<std::string_view>;

// Appends a command as the protocol writes it.
void append_redis_command(std::span<const std::string_view> words, std::string* to);
inline void append_redis_command(RedisWords words, std::string* to) {
  append_redis_command(std::span<const std::string_view>(words.begin(), words.size()), to);
}

class RedisLink {
 public:
  // ERRORS of all: GN530 Unavailable. After one the link is of no use.
  static Result<std::unique_ptr<RedisLink>> connect(const RedisAddress& address, RedisDeadline deadline);
  ~RedisLink();
  RedisLink(const RedisLink&) = delete;
  RedisLink& operator=(const RedisLink&) = delete;

  Status send(std::string_view commands, RedisDeadline deadline);
  // The next reply, in the order of the commands. A reply that is an error is no failure of the link.
  Result<RedisReply> receive(RedisDeadline deadline);
  // One command and its reply. ERRORS: also GN534 for a reply that is an error.
  Result<RedisReply> call(RedisWords words, RedisDeadline deadline);

 private:
  RedisLink(const RedisAddress& address, redisContext* context) : address_(address), context_(context) {}
  Status wait(short events, RedisDeadline deadline);
  Status failed(const std::string& why) const;

  RedisAddress address_;
  redisContext* context_;
};

// Of a reply that is an error: GN501 for a full memory, GN530 for a node that cannot answer just now, else GN534.
Status redis_error(std::string_view text, const std::string& where);

}  // namespace gnomon
