#include "stores/redis/link.h"

#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace gnomon {
namespace {

const redisReply* raw(const void* reply) { return static_cast<const redisReply*>(reply); }

constexpr size_t kReadBytes = 16 << 10;

int left_ms(RedisDeadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - RedisClock::now()).count();
  return left <= 0 ? 0 : static_cast<int>(std::min<int64_t>(left, 1 << 30));
}

// A reply that means: not now, or not here any more.
bool is_passing(std::string_view text) {
  for (const char* word :
       {"LOADING", "CLUSTERDOWN", "MASTERDOWN", "TRYAGAIN", "BUSY ", "READONLY", "NOREPLICAS", "MOVED", "ASK"}) {
    if (text.starts_with(word)) return true;
  }
  return false;
}

}  // namespace

std::string RedisAddress::text() const { return port == 0 ? host : fmt::format("{}:{}", host, port); }

RedisValue::Kind RedisValue::kind() const {
  if (reply_ == nullptr) return Kind::kNil;
  switch (raw(reply_)->type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS: return Kind::kText;
    case REDIS_REPLY_INTEGER: return Kind::kInteger;
    case REDIS_REPLY_ARRAY: return Kind::kArray;
    case REDIS_REPLY_ERROR: return Kind::kError;
    default: return Kind::kNil;
  }
}

std::string_view RedisValue::text() const {
  const Kind what = kind();
  if (what != Kind::kText && what != Kind::kError) return {};
  return {raw(reply_)->str, raw(reply_)->len};
}

int64_t RedisValue::integer() const { return kind() == Kind::kInteger ? raw(reply_)->integer : 0; }
size_t RedisValue::size() const { return kind() == Kind::kArray ? raw(reply_)->elements : 0; }

RedisValue RedisValue::operator[](size_t i) const {
  GN_ASSERT(i < size());
  return RedisValue(raw(reply_)->element[i]);
}

void RedisReply::Free::operator()(void* reply) const { freeReplyObject(reply); }

void append_redis_command(std::span<const std::string_view> words, std::string* to) {
  const auto number = [to](char kind, size_t value) {
    to->push_back(kind);
    const fmt::format_int digits(value);
    to->append(digits.data(), digits.size());
    to->append("\r\n", 2);
  };
  number('*', words.size());
  for (std::string_view word : words) {
    number('$', word.size());
    to->append(word);
    to->append("\r\n", 2);
  }
}

Result<std::unique_ptr<RedisLink>> RedisLink::connect(const RedisAddress& address, RedisDeadline deadline) {
  const int most_ms = std::max(1, left_ms(deadline));
  const timeval most{most_ms / 1000, (most_ms % 1000) * 1000};
  redisContext* context = address.port == 0 ? redisConnectUnixWithTimeout(address.host.c_str(), most)
                                            : redisConnectWithTimeout(address.host.c_str(), address.port, most);
  std::unique_ptr<RedisLink> link(new RedisLink(address, context));
  if (context == nullptr) return link->failed("out of memory");
  if (context->err != 0) return link->failed(context->errstr);
  // From here on waits are poll's, which knows how much time is left.
  const int flags = ::fcntl(context->fd, F_GETFL);
  if (flags < 0 || ::fcntl(context->fd, F_SETFL, flags | O_NONBLOCK) < 0) return link->failed(std::strerror(errno));
  return link;
}

RedisLink::~RedisLink() {
  if (context_ != nullptr) redisFree(context_);
}

Status RedisLink::failed(const std::string& why) const {
  return Status(Code::kUnavailable, "GN530", fmt::format("Redis at {} does not answer: {}", address_.text(), why),
                "Look whether it runs and can be reached");
}

Status RedisLink::wait(short events, RedisDeadline deadline) {
  pollfd waited{context_->fd, events, 0};
  while (true) {
    const int ready = ::poll(&waited, 1, left_ms(deadline));
    if (ready > 0) return Status();
    if (ready == 0) return failed("not in time");
    if (errno != EINTR) return failed(std::strerror(errno));
  }
}

Status RedisLink::send(std::string_view commands, RedisDeadline deadline) {
  while (!commands.empty()) {
    const ssize_t sent = ::send(context_->fd, commands.data(), commands.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      commands.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      GN_TRY(wait(POLLOUT, deadline));
    } else if (errno != EINTR) {
      return failed(std::strerror(errno));
    }
  }
  return Status();
}

Result<RedisReply> RedisLink::receive(RedisDeadline deadline) {
  char bytes[kReadBytes];
  while (true) {
    void* reply = nullptr;
    if (redisReaderGetReply(context_->reader, &reply) != REDIS_OK) return failed(context_->reader->errstr);
    if (reply != nullptr) return RedisReply(reply);
    const ssize_t got = ::recv(context_->fd, bytes, sizeof bytes, 0);
    if (got > 0) {
      if (redisReaderFeed(context_->reader, bytes, static_cast<size_t>(got)) != REDIS_OK)
        return failed(context_->reader->errstr);
    } else if (got == 0) {
      return failed("it closed the connection");
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      GN_TRY(wait(POLLIN, deadline));
    } else if (errno != EINTR) {
      return failed(std::strerror(errno));
    }
  }
}

Result<RedisReply> RedisLink::call(RedisWords words, RedisDeadline deadline) {
  std::string command;
  append_redis_command(words, &command);
  GN_TRY(send(command, deadline));
  GN_ASSIGN(RedisReply reply, receive(deadline));
  if (reply.value().kind() == RedisValue::Kind::kError) return redis_error(reply.value().text(), address_.text());
  return reply;
}

Status redis_error(std::string_view text, const std::string& where) {
  if (text.starts_with("OOM")) {
    return Status(Code::kResourceExhausted, "GN501", fmt::format("Redis at {} is full: {}", where, text),
                  "Give it more memory (maxmemory), then repeat the write; reads go on");
  }
  if (text.starts_with("MISCONF")) {
    return Status(Code::kResourceExhausted, "GN501", fmt::format("Redis at {} cannot keep what is written: {}", where, text),
                  "Make room on its disk, then repeat the write; reads go on");
  }
  if (is_passing(text))
    return Status(Code::kUnavailable, "GN530", fmt::format("Redis at {} cannot answer just now: {}", where, text),
                  "Try again");
  if (text.starts_with("NOAUTH") || text.starts_with("WRONGPASS") || text.starts_with("NOPERM") ||
      text.starts_with("ERR AUTH")) {
    return Status(Code::kPermissionDenied, "GN534", fmt::format("Redis at {} refuses: {}", where, text),
                  "Name the variable that holds the password as `password: ${env:NAME}` of online_store in gnomon.yaml");
  }
  return Status(Code::kFailedPrecondition, "GN534", fmt::format("Redis at {} refuses: {}", where, text),
                "Redis 6.2 or later is needed, with scripts (EVALSHA) allowed");
}

}  // namespace gnomon
