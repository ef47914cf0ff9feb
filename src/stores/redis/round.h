// One batch on its way: to the nodes of its slots, and again for what a moved slot, a lost link or a restarted node left open.
// Part of servers.cc.
// Thread-safety: one thread.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "stores/redis/servers.h"

namespace gnomon {

class RedisServers::Round {
 public:
  Round(RedisServers* servers, const RedisBatch& batch, RedisPatience patience);
  std::vector<RedisAnswer> run();

 private:
  // What goes to one node.
  struct Lane {
    RedisAddress address;
    std::vector<size_t> commands;
    Taken taken;
    Status status;
    bool lacks_scripts = false;
  };

  std::vector<Lane> lanes_of(const std::vector<size_t>& commands);
  void send(Lane* lane);
  void receive(Lane* lane);
  void take(size_t command, RedisReply reply, Lane* lane);
  Status receive_wait(Lane* lane);
  void finish(Lane* lane);
  void fail(Lane* lane, size_t from);
  bool is_insistent() const { return patience_ != RedisPatience::kAnswer; }
  bool waits() const { return patience_ == RedisPatience::kDurable && servers_.options_.replicas > 0; }

  RedisServers& servers_;
  const RedisBatch& batch_;
  RedisPatience patience_;
  RedisDeadline deadline_;      // of all
  RedisDeadline try_deadline_;  // of this try
  std::vector<RedisAnswer> answers_;
  std::map<size_t, RedisAddress> asking_;  // commands that another node than the slot's is to answer once
  std::vector<size_t> again_;              // worth another try at once
  std::vector<size_t> later_;              // worth another try in a moment
};

}  // namespace gnomon
