// Real Redis servers for tests: started on free ports of 127.0.0.1 in a temporary folder, gone when the test's process is.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "online_store_factory.h"
#include "stores/redis/link.h"

namespace gnomon {

class RedisServerProcess {
 public:
  // `arguments`: of redis-server, besides port and folder.
  explicit RedisServerProcess(std::vector<std::string> arguments = {"--save", ""});
  ~RedisServerProcess();
  RedisServerProcess(const RedisServerProcess&) = delete;
  RedisServerProcess& operator=(const RedisServerProcess&) = delete;

  int port() const { return port_; }
  int bus_port() const { return bus_port_; }
  RedisAddress address() const { return {"127.0.0.1", port_}; }
  std::string connection() const { return "redis://" + address().text(); }
  bool is_running() const { return process_ > 0; }

  void start();  // again, with what its files hold; returns when it answers
  void kill();
  void pause();  // it keeps its connections and does not answer
  void resume();

  // The reply's text, or its error. Arrays as lines.
  std::string call(std::initializer_list<std::string_view> words) const;

 private:
  ScratchFolder folder_;
  std::vector<std::string> arguments_;
  int port_, bus_port_;
  pid_t process_ = 0;
};

// Three masters with a replica each (nodes 3, 4, 5, in their order). Slots of a node that is down do not stop the others.
class RedisClusterProcesses {
 public:
  RedisClusterProcesses();

  RedisServerProcess& node(size_t i) { return *nodes_[i]; }
  std::string connection() const { return nodes_[0]->connection() + "," + nodes_[1]->address().text(); }
  // The index of the master that has the slot of `key`, as node `asked` says.
  size_t master_of(std::string_view key, size_t asked) const;

 private:
  std::vector<std::unique_ptr<RedisServerProcess>> nodes_;
};

}  // namespace gnomon
