#include "stores/redis/servers.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <set>

#include <fmt/format.h>

#include "stores/redis/address.h"
#include "stores/redis/round.h"

namespace gnomon {
namespace {

using std::chrono::milliseconds;

constexpr size_t kMostIdleLinks = 32;            // of a node
constexpr milliseconds kDownFor{500};            // how long reads leave a node alone that failed
constexpr milliseconds kLookAroundEvery{100};    // at most
constexpr milliseconds kMostLookingAround{200};  // at one node

milliseconds connect_timeout(const RedisOptions& options) { return milliseconds(options.connect_timeout_ms); }

}  // namespace

RedisServers::RedisServers(RedisOptions options) : options_(std::move(options)) {}
RedisServers::~RedisServers() = default;

Result<std::unique_ptr<RedisServers>> RedisServers::open(const RedisOptions& options) {
  std::unique_ptr<RedisServers> servers(new RedisServers(options));
  GN_ASSIGN(RedisPlace place, parse_redis_connection(options.connection));
  servers->user_ = place.user;
  servers->database_ = place.database;
  servers->seeds_ = place.addresses;
  if (!options.password_env.empty()) {
    const char* password = std::getenv(options.password_env.c_str());
    if (password == nullptr) {
      return Status(
          Code::kInvalidArgument, "GN532",
          fmt::format("the environment variable {}, which holds Redis's password, is not set", options.password_env),
          "Set it before Gnomon is started");
    }
    servers->password_ = password;
  }
  GN_TRY(servers->connect_first());
  return servers;
}

Status RedisServers::connect_first() {
  Status why;
  for (const RedisAddress& seed : seeds_) {
    const RedisDeadline deadline = RedisClock::now() + 2 * connect_timeout(options_);
    Result<std::unique_ptr<RedisLink>> link = connect(seed, deadline);
    why = link.status();
    if (!why.ok()) continue;
    Result<RedisReply> slots = (*link)->call({"CLUSTER", "SLOTS"}, deadline);
    is_cluster_ = slots.ok();
    if (!is_cluster_ && slots.status().code() == Code::kUnavailable) {
      why = slots.status();
      continue;
    }
    std::lock_guard lock(mutex_);
    if (!is_cluster_) {
      masters_ = {seed};
      seeds_ = {seed};
    } else if (database_ != 0) {
      return Status(Code::kInvalidArgument, "GN532", fmt::format("a Redis cluster has no database {}", database_),
                    "Leave the number away");
    } else if (!take_topology(slots->value(), seed)) {
      why = redis_error("CLUSTERDOWN no slots are served", seed.text());
      continue;
    }
    nodes_[seed].idle.push_back(std::move(*link));
    return Status();
  }
  return why;
}

Result<std::unique_ptr<RedisLink>> RedisServers::connect(const RedisAddress& address, RedisDeadline deadline) {
  deadline = std::min(deadline, RedisClock::now() + connect_timeout(options_));
  GN_ASSIGN(std::unique_ptr<RedisLink> link, RedisLink::connect(address, deadline));
  if (!password_.empty() && user_.empty()) GN_TRY(link->call({"AUTH", password_}, deadline).status());
  if (!password_.empty() && !user_.empty()) GN_TRY(link->call({"AUTH", user_, password_}, deadline).status());
  if (database_ != 0) GN_TRY(link->call({"SELECT", std::to_string(database_)}, deadline).status());
  GN_TRY(greet(link.get(), deadline));
  return link;
}

// Scripts are loaded by every link: a server that was restarted has forgotten them, and so has its links.
Status RedisServers::greet(RedisLink* link, RedisDeadline deadline) {
  std::string commands;
  for (const char* script : kRedisScripts) append_redis_command({"SCRIPT", "LOAD", script}, &commands);
  GN_TRY(link->send(commands, deadline));
  RedisScriptNames names;
  for (std::string& name : names) {
    GN_ASSIGN(RedisReply reply, link->receive(deadline));
    if (reply.value().kind() == RedisValue::Kind::kError) return redis_error(reply.value().text(), "this address");
    name = reply.value().text();
  }
  std::lock_guard lock(mutex_);
  if (script_names_[0].empty()) script_names_ = names;
  return Status();
}

Result<RedisServers::Taken> RedisServers::take_link(const RedisAddress& address, RedisDeadline deadline,
                                                    RedisPatience patience) {
  {
    std::lock_guard lock(mutex_);
    Node& node = nodes_[address];
    const bool is_down = node.down_until != RedisDeadline();
    if (is_down && patience == RedisPatience::kAnswer && RedisClock::now() < node.down_until) {
      return Status(Code::kUnavailable, "GN530", fmt::format("Redis at {} did not answer a moment ago", address.text()),
                    "Look whether it runs and can be reached");
    }
    if (is_down)
      node.down_until = RedisClock::now() + kDownFor;  // one read looks whether it is back, the others do not wait
    if (!node.idle.empty()) {
      Taken taken{std::move(node.idle.back()), false};
      node.idle.pop_back();
      return taken;
    }
  }
  GN_ASSIGN(std::unique_ptr<RedisLink> link, connect(address, deadline));
  return Taken{std::move(link), true};
}

void RedisServers::give_back(const RedisAddress& address, std::unique_ptr<RedisLink> link) {
  std::lock_guard lock(mutex_);
  Node& node = nodes_[address];
  node.down_until = {};
  if (node.idle.size() < kMostIdleLinks) node.idle.push_back(std::move(link));
}

void RedisServers::forget_links(const RedisAddress& address) {
  std::vector<std::unique_ptr<RedisLink>> closed;  // outside of the lock
  std::lock_guard lock(mutex_);
  closed.swap(nodes_[address].idle);
}

void RedisServers::node_failed(const RedisAddress& address) {
  forget_links(address);
  std::lock_guard lock(mutex_);
  RedisDeadline& down_until = nodes_[address].down_until;
  // Not further and further: reads that were refused come here, too.
  if (down_until < RedisClock::now()) down_until = RedisClock::now() + kDownFor;
}

RedisAddress RedisServers::address_of(uint32_t slot) {
  std::lock_guard lock(mutex_);
  return is_cluster_ ? masters_[master_of_[slot]] : masters_[0];
}

std::vector<RedisAddress> RedisServers::nodes() {
  if (is_cluster_) look_around(RedisClock::now() + milliseconds(options_.write_timeout_ms));
  std::lock_guard lock(mutex_);
  return masters_;
}

void RedisServers::slot_moved(uint32_t slot, const RedisAddress& to) {
  std::lock_guard lock(mutex_);
  auto known = std::find(masters_.begin(), masters_.end(), to);
  if (known == masters_.end()) known = masters_.insert(masters_.end(), to);
  master_of_[slot] = static_cast<uint16_t>(known - masters_.begin());
  looked_around_ = {};  // others have moved, too
}

// REQUIRES: the lock.
bool RedisServers::take_topology(RedisValue slots, const RedisAddress& asked) {
  std::vector<RedisAddress> masters;
  std::array<uint16_t, kRedisSlots> master_of = master_of_;
  for (size_t i = 0; i < slots.size(); ++i) {
    const RedisValue range = slots[i];
    if (range.size() < 3 || range[2].size() < 2) return false;
    RedisAddress address{std::string(range[2][0].text()), static_cast<int>(range[2][1].integer())};
    if (address.host.empty()) address.host = asked.host;  // a node that does not know its own address yet
    auto known = std::find(masters.begin(), masters.end(), address);
    if (known == masters.end()) known = masters.insert(masters.end(), address);
    const int64_t first = std::max<int64_t>(0, range[0].integer());
    const int64_t last = std::min<int64_t>(kRedisSlots - 1, range[1].integer());
    for (int64_t slot = first; slot <= last; ++slot)
      master_of[static_cast<size_t>(slot)] = static_cast<uint16_t>(known - masters.begin());
  }
  if (masters.empty()) return false;
  for (uint16_t& master : master_of) {
    if (master >= masters.size()) master = 0;  // nobody has the slot; any node says so
  }
  masters_ = std::move(masters);
  master_of_ = master_of;
  return true;
}

void RedisServers::look_around(RedisDeadline deadline) {
  std::set<RedisAddress> asked;
  {
    std::lock_guard lock(mutex_);
    if (!is_cluster_ || RedisClock::now() - looked_around_ < kLookAroundEvery) return;
    looked_around_ = RedisClock::now();
    asked.insert(masters_.begin(), masters_.end());
    asked.insert(seeds_.begin(), seeds_.end());
  }
  for (const RedisAddress& address : asked) {
    const RedisDeadline patience = std::min(deadline, RedisClock::now() + kMostLookingAround);
    if (RedisClock::now() >= patience) return;
    Result<Taken> taken = take_link(address, patience, RedisPatience::kAnswer);
    if (!taken.ok()) continue;
    Result<RedisReply> slots = taken->link->call({"CLUSTER", "SLOTS"}, patience);
    if (!slots.ok()) continue;
    give_back(address, std::move(taken->link));
    std::lock_guard lock(mutex_);
    if (take_topology(slots->value(), address)) return;
  }
}

Result<RedisReply> RedisServers::run_one(const RedisBatch& batch, RedisPatience patience) {
  GN_ASSERT(batch.size() == 1);
  RedisAnswer answer = std::move(run(batch, patience)[0]);
  GN_TRY(answer.status);
  return std::move(*answer.reply);
}

Result<RedisReply> RedisServers::run_at(const RedisAddress& node, RedisWords words) {
  const RedisDeadline deadline = RedisClock::now() + milliseconds(options_.write_timeout_ms);
  for (bool is_new = false;;) {
    GN_ASSIGN(Taken taken, take_link(node, deadline, RedisPatience::kInsist));
    is_new = taken.is_new;
    Result<RedisReply> reply = taken.link->call(words, deadline);
    const bool link_is_good = reply.ok() || reply.status().code() != Code::kUnavailable;
    if (link_is_good) give_back(node, std::move(taken.link));
    if (link_is_good || is_new) return reply;
    forget_links(node);
  }
}

std::vector<RedisAnswer> RedisServers::run(const RedisBatch& batch, RedisPatience patience) {
  return Round(this, batch, patience).run();
}

}  // namespace gnomon
