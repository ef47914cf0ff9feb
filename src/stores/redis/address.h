// What a connection string says. Thread-safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "gnomon/status.h"
#include "stores/redis/link.h"

namespace gnomon {

struct RedisPlace {
  std::vector<RedisAddress> addresses;
  std::string user;
  int database = 0;
};

// redis://[user@]host[:port][,host[:port]…][/database] or unix:///path.
// ERRORS: GN532 InvalidArgument, also for a password in it and for rediss:// (hiredis 0.14 knows no TLS).
Result<RedisPlace> parse_redis_connection(const std::string& connection);

}  // namespace gnomon
