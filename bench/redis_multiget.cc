// How much does a read through the store cost beside hiredis sending the identical commands?
//
//   bench_redis_multiget [entities] [rounds]        starts its own redis-server
//
// Three views of ten Float64 features; a request asks for all of them of 1, 10 and 100 entities: so many GETs in one pipeline. "pipeline"
// is what the store sends and receives by; the store also makes columns of the rows. All take turns, request by request; medians in us.
#include <hiredis/hiredis.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>

#include <arrow/api.h>
#include <arrow/util/logging.h>
#include <fmt/format.h>

#include "gnomon/redis_store.h"
#include "redis_server.h"
#include "stores/redis/keys.h"
#include "stores/redis/servers.h"
#include "stores/sorted_bytes.h"

namespace gnomon {
namespace {

constexpr int kViews = 3;
constexpr int kFeatures = 10;
constexpr const char* kPrefix = "bench";

void check(const Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "{}\n", status.to_string());
  std::exit(1);
}

OnlineViewSpec view_of(int number) {
  OnlineViewSpec view;
  view.id = fmt::format("bench/view{}@1", number);
  view.keys = arrow::schema({arrow::field("user", arrow::int64())});
  arrow::FieldVector features;
  for (int i = 0; i < kFeatures; ++i) features.push_back(arrow::field(fmt::format("f{}", i), arrow::float64()));
  view.features = arrow::schema(features);
  return view;
}

std::shared_ptr<arrow::Array> int64s(const std::vector<int64_t>& values) {
  arrow::Int64Builder builder;
  ARROW_CHECK_OK(builder.AppendValues(values));
  return builder.Finish().ValueOrDie();
}

// Feature i of user u in view v: u + i / 16 + v / 256, exact in binary.
double value_of(int64_t user, int feature, int view) { return static_cast<double>(user) + feature / 16.0 + view / 256.0; }

void fill(OnlineStore* store, const OnlineViewSpec& view, int number, int64_t entities) {
  constexpr int64_t kBatch = 20'000;
  for (int64_t begin = 0; begin < entities; begin += kBatch) {
    std::vector<int64_t> users, times;
    for (int64_t user = begin; user < std::min(begin + kBatch, entities); ++user) {
      users.push_back(user);
      times.push_back(1'000);
    }
    arrow::FieldVector fields = {arrow::field("user", arrow::int64())};
    arrow::ArrayVector columns = {int64s(users)};
    for (int i = 0; i < kFeatures; ++i) {
      arrow::DoubleBuilder builder;
      for (int64_t user : users) ARROW_CHECK_OK(builder.Append(value_of(user, i, number)));
      fields.push_back(view.features->field(i));
      columns.push_back(builder.Finish().ValueOrDie());
    }
    for (const char* name : {kEventTime, kCreatedTime, kKnownAt}) {
      fields.push_back(arrow::field(name, arrow::int64()));
      columns.push_back(int64s(times));
    }
    const auto rows = static_cast<int64_t>(users.size());
    check(store->write(view, {arrow::RecordBatch::Make(arrow::schema(fields), rows, columns)}, 1'000'000, {}));
  }
}

std::vector<std::string> keys_of(const std::vector<int64_t>& users) {
  std::vector<std::string> keys;
  for (int number = 0; number < kViews; ++number) {
    const RedisKeySpace space(kPrefix, RedisKind::kRows, static_cast<uint32_t>(number) + 1);
    for (int64_t user : users) {
      std::string entity(8, '\0');
      store_big(entity.data(), static_cast<uint64_t>(user) ^ kSignBit64);
      keys.emplace_back();
      space.set_key(entity, &keys.back());
    }
  }
  return keys;
}

void ask_hiredis(redisContext* context, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    const char* words[] = {"GET", key.data()};
    const size_t sizes[] = {3, key.size()};
    redisAppendCommandArgv(context, 2, words, sizes);
  }
  for (size_t i = 0; i < keys.size(); ++i) {
    void* reply = nullptr;
    if (redisGetReply(context, &reply) != REDIS_OK || static_cast<redisReply*>(reply)->type != REDIS_REPLY_STRING) {
      fmt::print(stderr, "hiredis got no row\n");
      std::exit(1);
    }
    freeReplyObject(reply);
  }
}

void ask_pipeline(RedisServers* servers, const std::vector<std::string>& keys) {
  RedisBatch batch = servers->batch();
  for (const std::string& key : keys) batch.add(key, {"GET", key});
  for (const RedisAnswer& answer : servers->run(batch, RedisPatience::kAnswer)) {
    check(answer.status);
    if (!answer.value().text().empty()) continue;
    fmt::print(stderr, "the pipeline got no row\n");
    std::exit(1);
  }
}

void ask_store(OnlineStore* store, const std::vector<OnlineViewSpec>& views, const std::vector<int64_t>& users) {
  auto keys = arrow::RecordBatch::Make(views[0].keys, static_cast<int64_t>(users.size()), {int64s(users)});
  std::vector<OnlineQuery> queries;
  for (const OnlineViewSpec& view : views) queries.push_back({&view, keys.get()});
  auto rows = store->read_together(queries, {}, 2'000);
  check(rows.status());
  for (int number = 0; number < kViews; ++number) {
    const auto& last =
        static_cast<const arrow::DoubleArray&>(*(*rows)[static_cast<size_t>(number)].features->column(kFeatures - 1));
    for (size_t i = 0; i < users.size(); ++i) {
      if (last.Value(static_cast<int64_t>(i)) == value_of(users[i], kFeatures - 1, number)) continue;
      fmt::print(stderr, "wrong value for user {}\n", users[i]);
      std::exit(1);
    }
  }
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

int run(int64_t entities, int rounds) {
  const RedisServerProcess server;
  const ScratchFolder folder;
  RedisOptions options;
  options.connection = server.connection();
  options.key_prefix = kPrefix;
  options.read_timeout_ms = 5'000;
  auto store = open_redis_online_store(options, folder.path(), OpenMode::kOwn, Env::real());
  check(store.status());
  std::vector<OnlineViewSpec> views;
  for (int number = 0; number < kViews; ++number) {
    views.push_back(view_of(number));
    fill(store->get(), views.back(), number, entities);
  }
  auto servers = RedisServers::open(options);
  check(servers.status());
  redisContext* context = redisConnect("127.0.0.1", server.port());
  std::mt19937_64 random(7);
  fmt::print("{:>9} {:>5} {:>11} {:>12} {:>9}\n", "entities", "GETs", "hiredis us", "pipeline us", "store us");
  for (size_t count : {1, 10, 100}) {
    std::vector<double> us[3];
    for (int round = 0; round < rounds; ++round) {
      std::vector<int64_t> users(count);
      for (int64_t& user : users) user = static_cast<int64_t>(random() % static_cast<uint64_t>(entities));
      const std::vector<std::string> keys = keys_of(users);
      for (int turn = 0; turn < 3; ++turn) {
        const int who = (round + turn) % 3;
        const auto start = std::chrono::steady_clock::now();
        if (who == 0) ask_hiredis(context, keys);
        if (who == 1) ask_pipeline(servers->get(), keys);
        if (who == 2) ask_store(store->get(), views, users);
        us[who].push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count());
      }
    }
    const double raw = median(us[0]), pipeline = median(us[1]), whole = median(us[2]);
    fmt::print("{:>9} {:>5} {:>11.1f} {:>7.1f} {:>3.2f}x {:>7.1f} {:>3.2f}x\n", count, count * kViews, raw, pipeline,
               pipeline / raw, whole, whole / raw);
  }
  redisFree(context);
  return 0;
}

}  // namespace
}  // namespace gnomon

int main(int count, char** arguments) {
  const int64_t entities = count > 1 ? std::atoll(arguments[1]) : 20'000;
  const int rounds = count > 2 ? std::atoi(arguments[2]) : 2'000;
  return gnomon::run(std::max<int64_t>(1, entities), std::max(1, rounds));
}
