// Question: what does an online read of twenty windowed features cost, and does it grow with the events behind it? One entity each has
// 10, 1,000, 100,000 … events over 90 days; a read asks `count, sum, mean, min, max` over `1h, 1d, 7d, 30d` as of random times.
// Bound: the tiles that four windows touch, some hundred records, whatever they hold.
// Measured in process, from the persisted state, warm: CPU time of Engine::get_online_features as a whole, median.
// The answer is checked: every read's value equals a training set's, to the bit.
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/util/logging.h>
#include <fmt/format.h>
#include <parquet/arrow/writer.h>

#include "engine/engine.h"

namespace gnomon {
namespace {

constexpr TimeUs kFirst = 1'735'689'600'000'000;
constexpr TimeUs kSpan = int64_t{90} * 86'400 * 1'000'000;
constexpr uint64_t kSeed = 20130212;
constexpr size_t kReads = 400;
constexpr int kChecked = 20;

void must(const Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "{}\n", status.to_string());
  std::exit(1);
}

double thread_cpu_us() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

template <class T>
T must(Result<T> result) {
  must(result.status());
  return std::move(*result);
}

std::shared_ptr<arrow::Array> instants(const std::vector<TimeUs>& times) {
  arrow::TimestampBuilder builder(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), arrow::default_memory_pool());
  ARROW_CHECK_OK(builder.AppendValues(times));
  return builder.Finish().ValueOrDie();
}

std::shared_ptr<arrow::Array> integers(const std::vector<int64_t>& values) {
  arrow::Int64Builder builder;
  ARROW_CHECK_OK(builder.AppendValues(values));
  return builder.Finish().ValueOrDie();
}

// Entity i has sizes[i] events.
void write_events(const std::filesystem::path& file, const std::vector<int64_t>& sizes) {
  std::mt19937_64 random(kSeed);
  std::vector<int64_t> users;
  std::vector<TimeUs> times;
  arrow::DoubleBuilder amounts;
  for (size_t user = 0; user < sizes.size(); ++user) {
    for (int64_t i = 0; i < sizes[user]; ++i) {
      users.push_back(static_cast<int64_t>(user));
      times.push_back(kFirst + static_cast<TimeUs>(random() % static_cast<uint64_t>(kSpan)));
      ARROW_CHECK_OK(amounts.Append(std::round(static_cast<double>(random() % 1'000'000)) / 100));
    }
  }
  auto time = instants(times);
  auto schema = arrow::schema(
      {arrow::field("user", arrow::int64()), arrow::field("ts", time->type()), arrow::field("amount", arrow::float64())});
  auto table = arrow::Table::Make(schema, {integers(users), time, amounts.Finish().ValueOrDie()});
  auto out = arrow::io::FileOutputStream::Open(file.string()).ValueOrDie();
  ARROW_CHECK_OK(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), out, 1 << 20));
}

void write_project(const std::filesystem::path& folder, const std::vector<int64_t>& sizes) {
  std::filesystem::create_directories(folder / "features");
  std::ofstream(folder / "gnomon.yaml") << "project: bench\n";
  std::ofstream(folder / "features" / "all.yaml")
      << "entities: [{name: user, join_keys: [user]}]\n"
         "sources: [{file: {name: events, path: events.parquet, timestamp_field: ts}}]\n"
         "feature_views:\n"
         "  - name: spend\n"
         "    entities: [user]\n"
         "    source: events\n"
         "    aggregations:\n";
  std::ofstream more(folder / "features" / "all.yaml", std::ios::app);
  for (const char* function : {"count", "sum", "mean", "min", "max"})
    more << fmt::format("      - {{column: amount, function: {}, window: [1h, 1d, 7d, 30d]}}\n", function);
  write_events(folder / "events.parquet", sizes);
}

std::shared_ptr<arrow::RecordBatch> entity_row(int64_t user) {
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("user", arrow::int64())}), 1, {integers({user})});
}

OnlineAnswer ask(Engine& engine, int64_t user, TimeUs t) {
  OnlineRequest request;
  request.features.features = {"spend"};
  request.entity_rows = entity_row(user);
  request.as_of = t;
  return must(engine.get_online_features(request));
}

// How many values differ from those of a training set at the same times.
int64_t differences(Engine& engine, int64_t user, const std::vector<TimeUs>& times) {
  HistoricalRequest request;
  request.features.features = {"spend"};
  auto time = instants(times);
  request.entity_rows = arrow::Table::Make(
      arrow::schema({arrow::field("user", arrow::int64()), arrow::field("event_timestamp", time->type())}),
      {integers(std::vector<int64_t>(times.size(), user)), time});
  const TrainingSet trained = must(engine.get_historical_features(request));
  int64_t wrong = 0;
  for (size_t at = 0; at < times.size(); ++at) {
    for (const OnlineColumn& column : ask(engine, user, times[at]).columns) {
      auto expected = trained.table->GetColumnByName(column.name)->GetScalar(static_cast<int64_t>(at)).ValueOrDie();
      wrong += !expected->Equals(*column.values->GetScalar(0).ValueOrDie());
    }
  }
  return wrong;
}

int run(const std::vector<int64_t>& sizes, size_t reads) {
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("gnomon_bench_windows_{}", ::getpid());
  write_project(folder, sizes);
  EngineOptions options;
  options.project_dir = folder.string();
  auto engine = must(Engine::open(options));
  must(engine->apply(must(engine->plan(std::nullopt)), false).status());
  must(engine->materialize(kFirst, kFirst + kSpan, {}).status());
  fmt::print("seed {}, 20 features, {} reads at random times of the last 30 days\n", kSeed, reads);
  fmt::print("{:>12}  {:>16}  {:>8}\n", "events", "CPU us a read", "p99");
  std::mt19937_64 random(kSeed);
  int64_t wrong = 0;
  for (size_t user = 0; user < sizes.size(); ++user) {
    std::vector<TimeUs> times(reads);
    for (TimeUs& t : times) t = kFirst + kSpan - static_cast<TimeUs>(random() % static_cast<uint64_t>(kSpan / 3));
    for (TimeUs t : times) ask(*engine, static_cast<int64_t>(user), t);  // warm
    std::vector<double> took;
    for (TimeUs t : times) {
      const double started = thread_cpu_us();
      ask(*engine, static_cast<int64_t>(user), t);
      took.push_back(thread_cpu_us() - started);
    }
    std::sort(took.begin(), took.end());
    fmt::print("{:>12}  {:>16.1f}  {:>8.1f}\n", sizes[user], took[reads / 2], took[reads * 99 / 100]);
    wrong += differences(*engine, static_cast<int64_t>(user), {times.begin(), times.begin() + kChecked});
  }
  engine.reset();
  std::filesystem::remove_all(folder);
  fmt::print("checked {} reads of each, {} values differ from training\n", kChecked, wrong);
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace gnomon

// bench_online_windows [events an entity]…  Environment: READS.
int main(int argc, char** argv) {
  std::vector<int64_t> sizes;
  for (int i = 1; i < argc; ++i) sizes.push_back(std::atoll(argv[i]));
  if (sizes.empty()) sizes = {10, 1'000, 20'000};
  const char* reads = std::getenv("READS");
  return gnomon::run(sizes, reads == nullptr ? gnomon::kReads : static_cast<size_t>(std::atoll(reads)));
}
