#include "stores/redis/round.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <thread>

#include <fmt/format.h>

namespace gnomon {
namespace {

using std::chrono::milliseconds;

constexpr int kMostTriesToAnswer = 4;
constexpr milliseconds kMostOfOneTry{2'000};  // of kInsist: longer than this a node is down, and another may take its place
constexpr milliseconds kFirstPause{10};
constexpr milliseconds kMostPause{200};
constexpr const char* kWaitMs = "1000";

// "MOVED 3999 127.0.0.1:6381": the address, or nothing.
std::optional<RedisAddress> redirected_to(std::string_view text, const RedisAddress& asked) {
  const size_t space = text.rfind(' ');
  const size_t colon = text.rfind(':');
  if (space == std::string_view::npos || colon == std::string_view::npos || colon < space) return std::nullopt;
  RedisAddress address{std::string(text.substr(space + 1, colon - space - 1)), 0};
  if (address.host.empty()) address.host = asked.host;
  std::from_chars(text.data() + colon + 1, text.data() + text.size(), address.port);
  return address.port > 0 ? std::optional(address) : std::nullopt;
}

}  // namespace

RedisServers::Round::Round(RedisServers* servers, const RedisBatch& batch, RedisPatience patience)
    : servers_(*servers), batch_(batch), patience_(patience), answers_(batch.size()) {
  const int most_ms = is_insistent() ? servers_.options_.write_timeout_ms : servers_.options_.read_timeout_ms;
  deadline_ = RedisClock::now() + milliseconds(most_ms);
}

std::vector<RedisAnswer> RedisServers::Round::run() {
  std::vector<size_t> open(batch_.size());
  std::iota(open.begin(), open.end(), size_t{0});
  milliseconds pause = kFirstPause;
  for (int tries = 0; !open.empty(); ++tries) {
    again_.clear();
    later_.clear();
    try_deadline_ = is_insistent() ? std::min(deadline_, RedisClock::now() + kMostOfOneTry) : deadline_;
    std::vector<Lane> lanes = lanes_of(open);
    for (Lane& lane : lanes) send(&lane);
    for (Lane& lane : lanes) receive(&lane);
    if (RedisClock::now() >= deadline_ || (!is_insistent() && tries + 1 == kMostTriesToAnswer)) break;
    if (!is_insistent()) later_.clear();
    if (!later_.empty()) {
      std::this_thread::sleep_for(pause);
      pause = std::min(2 * pause, kMostPause);
      servers_.look_around(deadline_);
    }
    open = again_;
    open.insert(open.end(), later_.begin(), later_.end());
    std::sort(open.begin(), open.end());  // commands to one node stay in order
  }
  return std::move(answers_);
}

std::vector<RedisServers::Round::Lane> RedisServers::Round::lanes_of(const std::vector<size_t>& commands) {
  std::vector<Lane> lanes;
  if (!servers_.is_cluster_) {
    lanes.push_back({servers_.address_of(0), commands, {}, {}});
    return lanes;
  }
  std::lock_guard lock(servers_.mutex_);
  std::map<RedisAddress, size_t> lane_of;
  for (size_t command : commands) {
    const auto asking = asking_.find(command);
    const RedisAddress& address =
        asking != asking_.end() ? asking->second : servers_.masters_[servers_.master_of_[batch_.slot(command)]];
    const auto [at, is_new] = lane_of.try_emplace(address, lanes.size());
    if (is_new) lanes.push_back({address, {}, {}, {}});
    lanes[at->second].commands.push_back(command);
  }
  return lanes;
}

void RedisServers::Round::send(Lane* lane) {
  Result<Taken> taken = servers_.take_link(lane->address, try_deadline_, patience_);
  lane->status = taken.status();
  if (!lane->status.ok()) return;
  lane->taken = std::move(*taken);
  std::string bytes;
  for (size_t command : lane->commands) {
    if (asking_.contains(command)) append_redis_command({"ASKING"}, &bytes);
    bytes += batch_.command(command);
  }
  if (waits()) append_redis_command({"WAIT", std::to_string(servers_.options_.replicas), kWaitMs}, &bytes);
  lane->status = lane->taken.link->send(bytes, try_deadline_);
}

void RedisServers::Round::receive(Lane* lane) {
  if (!lane->status.ok()) return fail(lane, 0);
  for (size_t i = 0; i < lane->commands.size(); ++i) {
    const size_t command = lane->commands[i];
    if (asking_.erase(command) > 0) lane->status = lane->taken.link->receive(try_deadline_).status();
    Result<RedisReply> reply = lane->status.ok() ? lane->taken.link->receive(try_deadline_) : lane->status;
    if (!reply.ok()) {
      lane->status = reply.status();
      return fail(lane, i);
    }
    take(command, std::move(*reply), lane);
  }
  if (waits()) {
    const Status waited = receive_wait(lane);
    if (!waited.ok()) {
      for (size_t command : lane->commands) {
        if (answers_[command].status.ok()) answers_[command].status = waited;
        if (answers_[command].status.code() == Code::kUnavailable) later_.push_back(command);
      }
    }
  }
  finish(lane);
}

Status RedisServers::Round::receive_wait(Lane* lane) {
  GN_ASSIGN(RedisReply reply, lane->taken.link->receive(try_deadline_));
  if (reply.value().kind() == RedisValue::Kind::kError) return redis_error(reply.value().text(), lane->address.text());
  if (reply.value().integer() >= servers_.options_.replicas) return Status();
  return Status(Code::kUnavailable, "GN530",
                fmt::format("Redis at {}: {} replicas have the write, {} are asked for", lane->address.text(),
                            reply.value().integer(), servers_.options_.replicas),
                "Look after the replicas, or ask for fewer with `replicas` of online_store");
}

void RedisServers::Round::take(size_t command, RedisReply reply, Lane* lane) {
  RedisAnswer& answer = answers_[command];
  answer.status = Status();
  if (reply.value().kind() == RedisValue::Kind::kError) {
    const std::string_view text = reply.value().text();
    answer.status = redis_error(text, lane->address.text());
    const bool is_ask = text.starts_with("ASK ");
    if (is_ask || text.starts_with("MOVED ")) {
      const std::optional<RedisAddress> to = redirected_to(text, lane->address);
      if (to && is_ask) asking_[command] = *to;
      if (to && !is_ask) servers_.slot_moved(batch_.slot(command), *to);
      again_.push_back(command);
    } else if (text.starts_with("NOSCRIPT")) {
      lane->lacks_scripts = true;
      again_.push_back(command);
    } else if (answer.status.code() == Code::kUnavailable) {
      later_.push_back(command);
    }
  }
  answer.reply = std::move(reply);
}

void RedisServers::Round::finish(Lane* lane) {
  if (lane->lacks_scripts && !servers_.greet(lane->taken.link.get(), try_deadline_).ok()) return;
  servers_.give_back(lane->address, std::move(lane->taken.link));
}

// The link gave up before the reply of the lane's command number `from`.
void RedisServers::Round::fail(Lane* lane, size_t from) {
  const bool was_idle = lane->taken.link != nullptr && !lane->taken.is_new;
  lane->taken.link = nullptr;
  // An idle link may have been closed long ago: that says nothing about the node.
  const bool ask_again = was_idle && RedisClock::now() < try_deadline_;
  if (ask_again) {
    servers_.forget_links(lane->address);
  } else {
    servers_.node_failed(lane->address);
    servers_.look_around(try_deadline_);
  }
  for (size_t i = from; i < lane->commands.size(); ++i) {
    const size_t command = lane->commands[i];
    answers_[command] = {std::nullopt, lane->status};
    const bool has_other_node = servers_.is_cluster_ && servers_.address_of(batch_.slot(command)) != lane->address;
    (ask_again || has_other_node ? again_ : later_).push_back(command);
  }
}

}  // namespace gnomon
