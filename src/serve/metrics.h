// Metrics: what the server counts, in Prometheus' text format 0.0.4.
//
// Counting is a few relaxed atomic additions; only features that were never asked for before take a lock to be known.
// Thread-safety: all methods may be called from any thread.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/engine.h"
#include "serve/http_message.h"

namespace gnomon {

struct Route;

// A histogram over fixed upper bounds.
template <size_t kBounds>
class Histogram {
 public:
  void add(double value, const std::array<double, kBounds>& bounds) {
    size_t bucket = 0;
    while (bucket < kBounds && value > bounds[bucket]) ++bucket;
    counts_[bucket].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }
  uint64_t count(size_t bucket) const { return counts_[bucket].load(std::memory_order_relaxed); }
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::array<std::atomic<uint64_t>, kBounds + 1> counts_{};
  std::atomic<double> sum_{0};
};

class Metrics {
 public:
  static constexpr std::array<double, 14> kLatencySeconds = {0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                                             0.01,    0.025,  0.05,    0.1,    0.25,  1,      10};
  static constexpr std::array<double, 9> kAgeSeconds = {1, 10, 60, 600, 3'600, 21'600, 86'400, 604'800, 2'592'000};

  // `routes` must outlive the metrics.
  explicit Metrics(const std::vector<Route>& routes);
  ~Metrics();
  // Before the first remote call: what they are called, "/feast.serving.ServingService/GetOnlineFeatures".
  void add_rpc(const std::vector<std::string>& methods);

  // A request was answered. `route`: its place among the routes, or -1.
  void served(int route, int status, const Timing& timing);
  // A remote call was answered. `method`: its place in add_rpc; `status`: the HTTP status of its code; `work`: from when its request was
  // read to when there was an answer.
  void served_rpc(size_t method, int status, std::chrono::nanoseconds work);
  // Values were served.
  void answered(const OnlineAnswer& answer);
  // Work failed with this error ("GN501").
  void failed(const std::string& id);
  // What the server counts by itself; null: nothing.
  void attach(const ServerCounters* server) { server_ = server; }

  // `served`: what the engine says of its log of answers.
  std::string text(const ServedLogCounters& served) const;

 private:
  struct RouteCounters;
  struct FeatureCounters;
  FeatureCounters& of_feature(const std::string& name);

  void append_requests(std::string* out) const;
  void append_latencies(std::string* out) const;
  void append_features(std::string* out) const;
  void append_errors(std::string* out) const;
  void append_server(std::string* out) const;

  const std::vector<Route>& routes_;
  const ServerCounters* server_ = nullptr;
  std::vector<std::unique_ptr<RouteCounters>> by_route_;  // behind the routes: requests to none, and then remote calls
  mutable std::shared_mutex mutex_;                       // of what maps know, not of the counters
  std::unordered_map<std::string, std::unique_ptr<FeatureCounters>> by_feature_;
  std::map<std::string, std::unique_ptr<std::atomic<uint64_t>>> errors_;
};

}  // namespace gnomon
