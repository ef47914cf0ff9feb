// The join against a naive scan: random histories with ties, nulls, late and future rows, several parts, 1 to 4 threads.
#include <cmath>
#include <optional>
#include <random>
#include <vector>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "data/row_history.h"
#include "features/point_in_time.h"

namespace gnomon {
namespace {

struct Row {
  std::optional<int64_t> key;
  std::optional<TimeUs> event_time, created, known_at;
  std::optional<int64_t> value;
};

std::shared_ptr<arrow::Table> table_of(const std::vector<Row>& rows) {
  arrow::Int64Builder key, event_time, created, known_at, value;
  auto add = [](arrow::Int64Builder* builder, const std::optional<int64_t>& cell) {
    EXPECT_TRUE((cell ? builder->Append(*cell) : builder->AppendNull()).ok());
  };
  for (const Row& row : rows) {
    add(&key, row.key);
    add(&event_time, row.event_time);
    add(&created, row.created);
    add(&known_at, row.known_at);
    add(&value, row.value);
  }
  auto time = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  arrow::ArrayVector arrays;
  for (arrow::Int64Builder* builder : {&key, &event_time, &created, &known_at, &value})
    arrays.push_back(builder->Finish().ValueOrDie());
  for (size_t i : {1u, 2u, 3u}) arrays[i] = arrays[i]->View(time).ValueOrDie();
  auto schema = arrow::schema({arrow::field("k", arrow::int64()), arrow::field("t", time), arrow::field("c", time),
                               arrow::field("a", time), arrow::field("v", arrow::int64())});
  return arrow::Table::Make(schema, arrays, static_cast<int64_t>(rows.size()));
}

// null < any value
bool less(const std::optional<int64_t>& a, const std::optional<int64_t>& b) {
  return a.has_value() != b.has_value() ? b.has_value() : a < b;
}

std::optional<int64_t> naive(const std::vector<Row>& rows, std::optional<int64_t> key, TimeUs t, TimeUs ttl, TimeUs lag) {
  const Row* best = nullptr;
  for (const Row& row : rows) {
    if (!key || row.key != key || !row.event_time || *row.event_time > t) continue;
    if (row.known_at.value_or(*row.event_time) + lag > t) continue;
    if (best != nullptr) {
      if (*row.event_time < *best->event_time) continue;
      if (*row.event_time == *best->event_time) {
        if (less(row.created, best->created)) continue;
        if (row.created == best->created && !less(best->value, row.value)) continue;
      }
    }
    best = &row;
  }
  if (best == nullptr || (ttl > 0 && *best->event_time < t - ttl)) return std::nullopt;
  return best->value;
}

TEST(PointInTime, EqualsANaiveScan) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  auto maybe = [&](int one_in, int64_t below) {
    return random() % static_cast<uint64_t>(one_in) == 0
               ? std::nullopt
               : std::optional<int64_t>(static_cast<int64_t>(random() % static_cast<uint64_t>(below)));
  };
  for (int round = 0; round < 400; ++round) {
    std::vector<Row> rows(random() % 60);
    for (Row& row : rows) row = {maybe(8, 3), maybe(10, 20), maybe(3, 3), maybe(2, 25), maybe(5, 4)};
    arrow::Int64Builder keys;
    std::vector<TimeUs> times;
    std::vector<std::optional<int64_t>> asked;
    for (size_t i = 0; i < 30; ++i) {
      asked.push_back(maybe(10, 4));
      times.push_back(static_cast<TimeUs>(random() % 26));
      ASSERT_TRUE((asked.back() ? keys.Append(*asked.back()) : keys.AppendNull()).ok());
    }
    HistoryLayout layout{{{"k", arrow::int64(), "k"}}, {{"v", arrow::int64(), "v"}}, "t", "c", "a"};
    size_t cut = rows.empty() ? 0 : random() % rows.size();
    auto first =
        open_table_history(table_of({rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(cut)}), layout, nullptr);
    auto second =
        open_table_history(table_of({rows.begin() + static_cast<std::ptrdiff_t>(cut), rows.end()}), layout, nullptr);
    ASSERT_TRUE(first.ok() && second.ok());
    PointInTimeView view;
    view.histories = {first->get(), second->get()};
    view.features = view.content_features = {"v"};
    view.feature_schema = arrow::schema({arrow::field("v", arrow::int64())});
    view.key_names = {"k"};
    view.ttl_us = static_cast<TimeUs>(random() % 8);
    view.serving_lag_us = static_cast<TimeUs>(random() % 3);
    EntityRows entities{{keys.Finish().ValueOrDie()}, times.data(), static_cast<int64_t>(times.size())};
    auto joined = point_in_time_join(entities, view, 1 + static_cast<int>(random() % 4));
    ASSERT_TRUE(joined.ok()) << joined.status().to_string();
    for (size_t i = 0; i < times.size(); ++i) {
      auto cell = (*joined)->column(0)->GetScalar(static_cast<int64_t>(i)).ValueOrDie();
      std::optional<int64_t> got =
          cell->is_valid ? std::optional<int64_t>(static_cast<const arrow::Int64Scalar&>(*cell).value) : std::nullopt;
      ASSERT_EQ(got, naive(rows, asked[i], times[i], view.ttl_us, view.serving_lag_us)) << "round " << round << " row " << i;
    }
  }
}

}  // namespace
}  // namespace gnomon
