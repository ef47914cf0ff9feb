// The online store in Redis: one server, or Redis Cluster. Layout and guarantees: docs/decisions/redis.md.
// Thread-safety: values; the store as OnlineStore says.
#pragma once

#include <memory>
#include <string>

#include "gnomon/online_store.h"

namespace gnomon {

struct RedisOptions {
  // redis://[user@]host:port[,host:port…][/database] or unix:///path/to/socket. Of a cluster some nodes are enough; database 0 only.
  std::string connection = "redis://127.0.0.1:6379/0";
  std::string password_env;       // name of the environment variable that holds the password; empty: none
  std::string key_prefix;         // what all keys begin with: letters, digits, any of _-.: (one project, one prefix)
  int connect_timeout_ms = 500;   // of one node
  int read_timeout_ms = 250;      // of all that one request reads: beyond it a node's keys are answered as failures
  int write_timeout_ms = 10'000;  // of a step of a write, in which a node may be restarted or failed over
  int replicas = 0;               // so many replicas must have a write before it counts (WAIT)
};

// `folder` holds the lock of the process that writes (kOwn); the data is in Redis alone.
// ERRORS: GN510 when another process owns the folder; GN530 Unavailable when Redis is not there; GN532 InvalidArgument for options.
Result<std::unique_ptr<OnlineStore>> open_redis_online_store(const RedisOptions& options, const std::string& folder,
                                                             OpenMode mode, Env* env);

}  // namespace gnomon
