// The servers that a store talks to: one Redis, or the masters of a cluster as they are now. Sends batches, each command to the node
// of its slot, and follows the cluster when slots move (MOVED, ASK) or a node is replaced.
// Thread-safety: all methods may be called from any thread.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gnomon/redis_store.h"
#include "stores/redis/batch.h"
#include "stores/redis/keys.h"
#include "stores/redis/link.h"

namespace gnomon {

// kAnswer: for reads. A node that does not answer is given up at once, and for a moment not even asked.
// kInsist: for writes, and what they read. Tries again until the deadline, so that commands may be done twice.
// kDurable: the same, and RedisOptions::replicas have it before it counts.
enum class RedisPatience { kAnswer, kInsist, kDurable };

class RedisServers {
 public:
  // ERRORS: GN530 if no node answers; GN532 for options; GN534 if it refuses.
  static Result<std::unique_ptr<RedisServers>> open(const RedisOptions& options);
  ~RedisServers();

  bool is_cluster() const { return is_cluster_; }
  RedisBatch batch() const { return RedisBatch(script_names_); }

  // One answer a command, in order. All nodes work at the same time; each gets its commands in order, in one round trip.
  std::vector<RedisAnswer> run(const RedisBatch& batch, RedisPatience patience);
  // Of a batch of one. ERRORS: its own.
  Result<RedisReply> run_one(const RedisBatch& batch, RedisPatience patience);

  // The masters, as far as they are known.
  std::vector<RedisAddress> nodes();
  // One command to a node, whatever its slots.
  Result<RedisReply> run_at(const RedisAddress& node, RedisWords words);

 private:
  struct Node {
    std::vector<std::unique_ptr<RedisLink>> idle;
    RedisDeadline down_until{};
  };
  class Round;
  friend class Round;

  explicit RedisServers(RedisOptions options);
  Status connect_first();
  Result<std::unique_ptr<RedisLink>> connect(const RedisAddress& address, RedisDeadline deadline);
  Status greet(RedisLink* link, RedisDeadline deadline);
  struct Taken {
    std::unique_ptr<RedisLink> link;
    bool is_new = false;
  };
  Result<Taken> take_link(const RedisAddress& address, RedisDeadline deadline, RedisPatience patience);
  void give_back(const RedisAddress& address, std::unique_ptr<RedisLink> link);
  void forget_links(const RedisAddress& address);  // the node was restarted
  void node_failed(const RedisAddress& address);

  RedisAddress address_of(uint32_t slot);
  void slot_moved(uint32_t slot, const RedisAddress& to);
  // Asks any node who has which slot, unless that was just done.
  void look_around(RedisDeadline deadline);
  bool take_topology(RedisValue slots, const RedisAddress& asked);

  RedisOptions options_;
  std::string user_, password_;
  int database_ = 0;
  std::vector<RedisAddress> seeds_;
  bool is_cluster_ = false;
  RedisScriptNames script_names_;

  std::mutex mutex_;  // of all below
  std::map<RedisAddress, Node> nodes_;
  std::vector<RedisAddress> masters_;
  std::array<uint16_t, kRedisSlots> master_of_{};  // index into masters_, by slot
  RedisDeadline looked_around_{};
};

}  // namespace gnomon
