#include "redis_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <thread>

#include <fmt/format.h>

#include "stores/redis/keys.h"

namespace gnomon {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr size_t kMasters = 3;

int free_port() {
  const int bound = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  GN_ASSERT(::bind(bound, reinterpret_cast<sockaddr*>(&address), size) == 0);
  GN_ASSERT(::getsockname(bound, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(bound);
  return ntohs(address.sin_port);
}

void wait_until(const char* what, const std::function<bool()>& is_so) {
  for (const RedisDeadline deadline = RedisClock::now() + seconds(30); !is_so();) {
    if (RedisClock::now() > deadline) {
      fmt::print(stderr, "waited in vain: {}\n", what);
      std::abort();
    }
    std::this_thread::sleep_for(milliseconds(10));
  }
}

std::string text_of(RedisValue value) {
  if (value.kind() == RedisValue::Kind::kInteger) return std::to_string(value.integer());
  if (value.kind() != RedisValue::Kind::kArray) return std::string(value.text());
  std::string lines;
  for (size_t i = 0; i < value.size(); ++i) lines += text_of(value[i]) + "\n";
  return lines;
}

}  // namespace

RedisServerProcess::RedisServerProcess(std::vector<std::string> arguments)
    : arguments_(std::move(arguments)), port_(free_port()), bus_port_(free_port()) {
  start();
}

RedisServerProcess::~RedisServerProcess() { kill(); }

void RedisServerProcess::start() {
  std::vector<std::string> words = {
      "redis-server", "--port",  std::to_string(port_), "--bind", "127.0.0.1", "--dir", folder_.path(),
      "--logfile",    "log.txt", "--daemonize",         "no"};
  words.insert(words.end(), arguments_.begin(), arguments_.end());
  if (std::find(words.begin(), words.end(), "--cluster-enabled") != words.end()) {
    words.insert(words.end(), {"--cluster-port", std::to_string(bus_port_)});
  }
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  process_ = ::fork();
  if (process_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int nothing = ::open("/dev/null", O_RDWR);
    ::dup2(nothing, 1);
    ::execvp("redis-server", argv.data());
    fmt::print(stderr, "redis-server cannot be started: run tools/setup\n");
    ::_exit(127);
  }
  GN_ASSERT(process_ > 0);
  wait_until("redis-server answers", [this] { return call({"PING"}) == "PONG"; });
}

void RedisServerProcess::kill() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = 0;
}

void RedisServerProcess::pause() { ::kill(process_, SIGSTOP); }
void RedisServerProcess::resume() { ::kill(process_, SIGCONT); }

std::string RedisServerProcess::call(std::initializer_list<std::string_view> words) const {
  const RedisDeadline deadline = RedisClock::now() + seconds(5);
  auto link = RedisLink::connect(address(), deadline);
  if (!link.ok()) return link.status().to_string();
  auto reply = (*link)->call(words, deadline);
  return reply.ok() ? text_of(reply->value()) : reply.status().to_string();
}

RedisClusterProcesses::RedisClusterProcesses() {
  for (size_t i = 0; i < 2 * kMasters; ++i) {
    nodes_.push_back(std::make_unique<RedisServerProcess>(std::vector<std::string>{
        "--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-require-full-coverage", "no",
        "--repl-diskless-sync-delay", "0", "--appendonly", "no", "--save", ""}));
  }
  for (size_t i = 0; i < kMasters; ++i) {
    const auto first = static_cast<uint32_t>(i) * kRedisSlots / kMasters;
    const auto end = static_cast<uint32_t>(i + 1) * kRedisSlots / kMasters;
    const std::string told = nodes_[i]->call({"CLUSTER", "ADDSLOTSRANGE", std::to_string(first), std::to_string(end - 1)});
    GN_ASSERT(told == "OK");
    nodes_[i]->call({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
  }
  for (size_t i = 1; i < nodes_.size(); ++i) {
    nodes_[0]->call(
        {"CLUSTER", "MEET", "127.0.0.1", std::to_string(nodes_[i]->port()), std::to_string(nodes_[i]->bus_port())});
  }
  for (size_t i = 0; i < kMasters; ++i) {
    const std::string master = nodes_[i]->call({"CLUSTER", "MYID"});
    wait_until("the replica knows its master", [&] {
      return nodes_[kMasters + i]->call({"CLUSTER", "REPLICATE", master}) == "OK";
    });
  }
  for (const auto& node : nodes_) {
    wait_until("the cluster is whole", [&] {
      const std::string info = node->call({"CLUSTER", "INFO"});
      return info.find("cluster_state:ok") != std::string::npos && info.find("cluster_known_nodes:6") != std::string::npos &&
             info.find("cluster_slots_ok:16384") != std::string::npos;
    });
  }
  for (size_t i = kMasters; i < nodes_.size(); ++i) {
    wait_until("replicas follow", [&] {
      return nodes_[i]->call({"INFO", "replication"}).find("master_link_status:up") != std::string::npos;
    });
  }
}

size_t RedisClusterProcesses::master_of(std::string_view key, size_t asked) const {
  const auto slot = static_cast<int64_t>(redis_slot(key));
  const RedisDeadline deadline = RedisClock::now() + seconds(5);
  auto link = RedisLink::connect(nodes_[asked]->address(), deadline);
  GN_ASSERT(link.ok());
  auto reply = (*link)->call({"CLUSTER", "SLOTS"}, deadline);
  GN_ASSERT(reply.ok());
  for (size_t range = 0; range < reply->value().size(); ++range) {
    const RedisValue one = reply->value()[range];
    if (slot < one[0].integer() || slot > one[1].integer()) continue;
    for (size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i]->port() == one[2][1].integer()) return i;
    }
  }
  return nodes_.size();
}

}  // namespace gnomon
