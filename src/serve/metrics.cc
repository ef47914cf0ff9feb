#include "serve/metrics.h"

#include <mutex>

#include <arrow/api.h>
#include <fmt/format.h>

#include "base/time_text.h"
#include "engine/answer_table.h"
#include "serve/route_table.h"

namespace gnomon {
namespace {

// Every status that an answer can have, see code_http_status and the server's own.
constexpr std::array<int, 16> kStatuses = {200, 400, 401, 403, 404, 405, 409, 412, 413, 422, 429, 431, 500, 501, 503, 504};
constexpr std::array<const char*, 4> kStages = {"read", "queue", "work", "write"};
constexpr size_t kWorkStage = 2;
constexpr size_t kOnlineStatuses = 5;

size_t place_of(int status) {
  for (size_t i = 0; i < kStatuses.size(); ++i) {
    if (kStatuses[i] == status) return i;
  }
  return kStatuses.size();
}

double seconds_of(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

void append_head(std::string* out, std::string_view name, std::string_view type, std::string_view help) {
  out->append(fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type));
}

template <size_t kBounds>
void append_histogram(std::string* out, std::string_view name, const std::string& labels,
                      const Histogram<kBounds>& histogram, const std::array<double, kBounds>& bounds) {
  uint64_t count = 0;
  for (size_t i = 0; i < kBounds; ++i) {
    count += histogram.count(i);
    out->append(fmt::format("{}_bucket{{{},le=\"{}\"}} {}\n", name, labels, bounds[i], count));
  }
  count += histogram.count(kBounds);
  out->append(fmt::format("{}_bucket{{{},le=\"+Inf\"}} {}\n", name, labels, count));
  out->append(fmt::format("{}_sum{{{}}} {}\n{}_count{{{}}} {}\n", name, labels, histogram.sum(), name, labels, count));
}

void append_value(std::string* out, std::string_view name, std::string_view type, std::string_view help, int64_t value) {
  append_head(out, name, type, help);
  out->append(fmt::format("{} {}\n", name, value));
}

}  // namespace

struct Metrics::RouteCounters {
  std::string method, path;
  std::array<std::atomic<uint64_t>, kStatuses.size() + 1> by_status{};  // the last one: any other
  std::array<Histogram<kLatencySeconds.size()>, kStages.size()> stages;
};

struct Metrics::FeatureCounters {
  std::array<std::atomic<uint64_t>, kOnlineStatuses> by_status{};
  Histogram<kAgeSeconds.size()> ages;
};

Metrics::Metrics(const std::vector<Route>& routes) : routes_(routes) {
  for (const Route& route : routes_) {
    by_route_.push_back(std::make_unique<RouteCounters>());
    by_route_.back()->method = route.method;
    by_route_.back()->path = route.path;
  }
  by_route_.push_back(std::make_unique<RouteCounters>());
}

Metrics::~Metrics() = default;

void Metrics::served(int route, int status, const Timing& timing) {
  RouteCounters& counters = *by_route_[route < 0 ? routes_.size() : static_cast<size_t>(route)];
  counters.by_status[place_of(status)].fetch_add(1, std::memory_order_relaxed);
  std::array<std::chrono::nanoseconds, kStages.size()> stages = {timing.read, timing.queue, timing.work, timing.write};
  for (size_t i = 0; i < stages.size(); ++i) counters.stages[i].add(seconds_of(stages[i]), kLatencySeconds);
}

void Metrics::add_rpc(const std::vector<std::string>& methods) {
  for (const std::string& method : methods) {
    by_route_.push_back(std::make_unique<RouteCounters>());
    by_route_.back()->method = "gRPC";
    by_route_.back()->path = method;
  }
}

void Metrics::served_rpc(size_t method, int status, std::chrono::nanoseconds work) {
  RouteCounters& counters = *by_route_[routes_.size() + 1 + method];
  counters.by_status[place_of(status)].fetch_add(1, std::memory_order_relaxed);
  counters.stages[kWorkStage].add(seconds_of(work), kLatencySeconds);
}

Metrics::FeatureCounters& Metrics::of_feature(const std::string& name) {
  {
    std::shared_lock lock(mutex_);
    auto found = by_feature_.find(name);
    if (found != by_feature_.end()) return *found->second;
  }
  std::unique_lock lock(mutex_);
  auto& counters = by_feature_[name];
  if (counters == nullptr) counters = std::make_unique<FeatureCounters>();
  return *counters;
}

void Metrics::answered(const OnlineAnswer& answer) {
  for (const OnlineColumn& column : answer.columns) {
    FeatureCounters& counters = of_feature(column.name);
    std::array<uint64_t, kOnlineStatuses> seen{};
    for (size_t row = 0; row < column.status.size(); ++row) {
      ++seen[static_cast<size_t>(column.status[row])];
      if (!has_event_time(column, row)) continue;
      counters.ages.add(static_cast<double>(answer.t - column.event_time[row]) / kSecondUs, kAgeSeconds);
    }
    for (size_t status = 0; status < seen.size(); ++status) {
      if (seen[status] > 0) counters.by_status[status].fetch_add(seen[status], std::memory_order_relaxed);
    }
  }
}

void Metrics::failed(const std::string& id) {
  std::unique_lock lock(mutex_);
  auto& count = errors_[id];
  if (count == nullptr) count = std::make_unique<std::atomic<uint64_t>>(0);
  ++*count;
}

void Metrics::append_requests(std::string* out) const {
  constexpr const char* kName = "gnomon_requests_total";
  append_head(out, kName, "counter", "Requests answered, by route and HTTP status.");
  for (const auto& counters : by_route_) {
    for (size_t i = 0; i <= kStatuses.size(); ++i) {
      uint64_t count = counters->by_status[i].load(std::memory_order_relaxed);
      if (count == 0) continue;
      std::string code = i < kStatuses.size() ? fmt::format("{}", kStatuses[i]) : "other";
      out->append(fmt::format("{}{{method=\"{}\",route=\"{}\",code=\"{}\"}} {}\n", kName, counters->method, counters->path,
                              code, count));
    }
  }
}

void Metrics::append_latencies(std::string* out) const {
  constexpr const char* kName = "gnomon_request_stage_seconds";
  append_head(
      out, kName, "histogram",
      "Time of a request: read (first byte to last), queue (until work began), work, write (until the system had it).");
  for (const auto& counters : by_route_) {
    for (size_t stage = 0; stage < kStages.size(); ++stage) {
      uint64_t any = 0;
      for (size_t i = 0; i <= kLatencySeconds.size(); ++i) any += counters->stages[stage].count(i);
      if (any == 0) continue;
      std::string labels =
          fmt::format("method=\"{}\",route=\"{}\",stage=\"{}\"", counters->method, counters->path, kStages[stage]);
      append_histogram(out, kName, labels, counters->stages[stage], kLatencySeconds);
    }
  }
}

// Feature names are identifiers, which need no escapes.
void Metrics::append_features(std::string* out) const {
  std::shared_lock lock(mutex_);
  std::map<std::string_view, const FeatureCounters*> sorted;
  for (const auto& [name, counters] : by_feature_) sorted.emplace(name, counters.get());
  constexpr const char* kValues = "gnomon_feature_values_total";
  append_head(out, kValues, "counter", "Values served, by feature as named in the answer, and by status.");
  for (const auto& [name, counters] : sorted) {
    for (size_t status = 0; status < kOnlineStatuses; ++status) {
      uint64_t count = counters->by_status[status].load(std::memory_order_relaxed);
      if (count == 0) continue;
      out->append(fmt::format("{}{{feature=\"{}\",status=\"{}\"}} {}\n", kValues, name,
                              online_status_name(static_cast<OnlineStatus>(status)), count));
    }
  }
  constexpr const char* kAges = "gnomon_feature_age_seconds";
  append_head(out, kAges, "histogram",
              "Age of served values: from the event time of the fact behind one to the instant asked for.");
  for (const auto& [name, counters] : sorted) {
    append_histogram(out, kAges, fmt::format("feature=\"{}\"", name), counters->ages, kAgeSeconds);
  }
}

void Metrics::append_errors(std::string* out) const {
  std::shared_lock lock(mutex_);
  append_head(out, "gnomon_errors_total", "counter", "Requests that failed, by the error's id; GN5xx are the stores'.");
  for (const auto& [id, count] : errors_)
    out->append(fmt::format("gnomon_errors_total{{id=\"{}\"}} {}\n", id, count->load()));
}

void Metrics::append_server(std::string* out) const {
  if (server_ == nullptr) return;
  append_value(out, "gnomon_connections", "gauge", "Open connections.", server_->connections);
  append_value(out, "gnomon_connections_refused_total", "counter", "Connections closed at once: there were too many.",
               server_->refused_connections);
  append_head(out, "gnomon_admission_refused_total", "counter", "Requests that were not begun, by reason.");
  for (auto [reason, count] : {std::pair{"queue_time", server_->refused_by_queue_time.load()},
                               std::pair{"lane_full", server_->refused_by_lane.load()},
                               std::pair{"deadline", server_->deadlines_exceeded.load()}}) {
    out->append(fmt::format("gnomon_admission_refused_total{{reason=\"{}\"}} {}\n", reason, count));
  }
}

namespace {

void append_served_log(std::string* out, const ServedLogCounters& served) {
  constexpr const char* kName = "gnomon_served_log_answers_total";
  append_head(out, kName, "counter",
              "Answers of the sample, by outcome: logged, dropped because the queue was full, failed to be written.");
  for (auto [outcome, count] :
       {std::pair{"logged", served.logged}, std::pair{"dropped", served.dropped}, std::pair{"failed", served.failed}}) {
    out->append(fmt::format("{}{{outcome=\"{}\"}} {}\n", kName, outcome, count));
  }
  append_value(out, "gnomon_served_log_files_total", "counter", "Files of logged answers.", served.files);
}

}  // namespace

std::string Metrics::text(const ServedLogCounters& served) const {
  std::string out;
  append_requests(&out);
  append_latencies(&out);
  append_features(&out);
  append_errors(&out);
  append_server(&out);
  append_served_log(&out, served);
  return out;
}

}  // namespace gnomon
