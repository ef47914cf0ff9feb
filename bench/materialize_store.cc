// Question: how many rows a CPU-second does the embedded online store take, when history arrives in any order, and when
// it arrives a second time? Each row has an Int64 key and ten features (6 Float64, 3 Int64, 1 String of 8 bytes).
// Bound: one pass by hash over the rows, one sort and one durable write of the entities.
// The answer is checked: every entity serves its newest row.
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <random>

#include <arrow/api.h>
#include <arrow/util/logging.h>
#include <fmt/format.h>

#include "gnomon/online_store.h"

namespace gnomon {
namespace {

constexpr int kFloats = 6, kIntegers = 3;
constexpr int64_t kRowsPerWrite = 1'000'000;
constexpr TimeUs kSpan = 1'000'000'000;
constexpr uint64_t kSeed = 20130212;

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

OnlineViewSpec make_view() {
  OnlineViewSpec view;
  view.id = "bench/user@1";
  view.keys = arrow::schema({arrow::field("user", arrow::int64())});
  arrow::FieldVector features;
  for (int i = 0; i < kFloats; ++i) features.push_back(arrow::field(fmt::format("f{}", i), arrow::float64()));
  for (int i = 0; i < kIntegers; ++i) features.push_back(arrow::field(fmt::format("i{}", i), arrow::int64()));
  features.push_back(arrow::field("s", arrow::utf8()));
  view.features = arrow::schema(features);
  return view;
}

std::shared_ptr<arrow::RecordBatch> make_rows(const OnlineViewSpec& view, int64_t rows, int64_t entities,
                                              std::mt19937_64* generator) {
  arrow::Int64Builder users, times;
  arrow::DoubleBuilder floats;
  arrow::StringBuilder strings;
  for (int64_t i = 0; i < rows; ++i) {
    uint64_t random = (*generator)();
    ARROW_CHECK_OK(users.Append(static_cast<int64_t>(random % static_cast<uint64_t>(entities))));
    ARROW_CHECK_OK(times.Append(static_cast<int64_t>((*generator)() % kSpan)));
    ARROW_CHECK_OK(floats.Append(static_cast<double>(random >> 11)));
    ARROW_CHECK_OK(strings.Append(fmt::format("{:08x}", static_cast<uint32_t>(random))));
  }
  auto user = users.Finish().ValueOrDie(), time = times.Finish().ValueOrDie(), number = floats.Finish().ValueOrDie(),
       text = strings.Finish().ValueOrDie();
  arrow::FieldVector fields = {view.keys->field(0)};
  arrow::ArrayVector columns = {user};
  for (const auto& feature : view.features->fields()) {
    fields.push_back(feature);
    bool is_float = feature->type()->id() == arrow::Type::DOUBLE, is_integer = feature->type()->id() == arrow::Type::INT64;
    columns.push_back(is_float ? number : is_integer ? time : text);
  }
  for (const char* name : {kEventTime, kCreatedTime, kKnownAt}) {
    fields.push_back(arrow::field(name, arrow::int64()));
    columns.push_back(name == kEventTime ? time : arrow::MakeArrayOfNull(arrow::int64(), rows).ValueOrDie());
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), rows, columns);
}

// The greatest event time of each entity; -1 if it has none.
std::vector<TimeUs> newest_times(const arrow::RecordBatchVector& batches, int64_t entities) {
  std::vector<TimeUs> newest(static_cast<size_t>(entities), -1);
  for (const auto& batch : batches) {
    const auto& users = static_cast<const arrow::Int64Array&>(*batch->GetColumnByName("user"));
    const auto& times = static_cast<const arrow::Int64Array&>(*batch->GetColumnByName(kEventTime));
    for (int64_t i = 0; i < batch->num_rows(); ++i) {
      TimeUs& time = newest[static_cast<size_t>(users.Value(i))];
      time = std::max(time, times.Value(i));
    }
  }
  return newest;
}

template <class Fn>
void measure(const char* what, int64_t rows, Fn fn) {
  auto started = std::chrono::steady_clock::now();
  double before = cpu_seconds();
  fn();
  double cpu = cpu_seconds() - before,
         wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  fmt::print("{:<28} {:>10} rows  {:>7.2f} CPU s  {:>7.2f} s  {:>10.0f} rows per CPU s\n", what, rows, cpu, wall,
             static_cast<double>(rows) / cpu);
}

void must(const Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "{}\n", status.to_string());
  std::exit(1);
}

int run(int64_t row_count, int64_t entities) {
  std::mt19937_64 generator(kSeed);
  OnlineViewSpec view = make_view();
  arrow::RecordBatchVector batches;
  for (int64_t done = 0; done < row_count; done += kRowsPerWrite) {
    batches.push_back(make_rows(view, std::min(kRowsPerWrite, row_count - done), entities, &generator));
  }
  std::string folder = (std::filesystem::temp_directory_path() / fmt::format("gnomon_bench_{}", ::getpid())).string();
  auto store = open_embedded_online_store(folder, OpenMode::kOwn, Env::real());
  must(store.status());
  fmt::print("seed {}, {} entities\n", kSeed, entities);
  measure("one write, empty store", row_count, [&] { must((*store)->write(view, batches, kSpan, {})); });
  measure("again, a write a million rows", row_count, [&] {
    for (const auto& batch : batches) must((*store)->write(view, {batch}, kSpan, {}));
  });

  std::vector<TimeUs> expected = newest_times(batches, entities);
  int64_t wrong = 0, asked = 0;
  constexpr int64_t kKeysPerRead = 1000;
  measure("read, 1000 keys a call", entities, [&] {
    for (int64_t start = 0; start < entities; start += kKeysPerRead) {
      arrow::Int64Builder users;
      for (int64_t user = start; user < std::min(entities, start + kKeysPerRead); ++user) ARROW_CHECK_OK(users.Append(user));
      auto keys = users.Finish().ValueOrDie();
      auto rows = (*store)->read(view, *arrow::RecordBatch::Make(view.keys, keys->length(), {keys}), kSpan);
      must(rows.status());
      for (int64_t i = 0; i < keys->length(); ++i) {
        size_t at = static_cast<size_t>(i);
        TimeUs served = rows->row_status[at] == OnlineStatus::kPresent ? rows->event_time[at] : -1;
        wrong += served != expected[static_cast<size_t>(start + i)];
        ++asked;
      }
    }
  });
  store->reset();
  std::filesystem::remove_all(folder);
  fmt::print("checked {} entities, {} wrong\n", asked, wrong);
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace gnomon

int main(int argc, char** argv) {
  int64_t rows = argc > 1 ? std::atoll(argv[1]) : 200'000;
  int64_t entities = argc > 2 ? std::atoll(argv[2]) : rows / 10;
  if (rows <= 0 || entities <= 0) {
    fmt::print(stderr, "usage: bench_materialize_store [rows [entities]]\n");
    return 2;
  }
  return gnomon::run(rows, entities);
}
