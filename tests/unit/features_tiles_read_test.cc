// What a read from tiles looks at, and the edges of windows.
#include <fmt/format.h>

#include <arrow/api.h>

#include "features_tiles_fixture.h"

namespace gnomon {
namespace {

constexpr int64_t kMinuteUs = 60'000'000;
constexpr int64_t kDayUs = 1'440 * kMinuteUs;

const TestKernel& kernel(const std::string& text) {
  for (const TestKernel& known : test_kernels()) {
    if (known.text == text) return known;
  }
  GN_ASSERT(false);
}

WindowSpec trailing(int64_t duration_us) {
  WindowSpec window;
  window.kind = WindowSpec::Kind::kTrailing;
  window.duration_us = duration_us;
  return window;
}

WindowSpec last(int64_t n) {
  WindowSpec window;
  window.kind = WindowSpec::Kind::kLastN;
  window.last_n = n;
  return window;
}

// Events at these times, visible from these on, with i = 1, 2, 3 …; filter 0 passes what is odd.
EventBatch events_at(std::vector<TimeUs> times, std::vector<TimeUs> visible = {}) {
  EventBatch events;
  events.reset(make_layout({}));
  events.event_time = times;
  events.visible_from = visible.empty() ? times : visible;
  events.created_time.assign(times.size(), INT64_MIN);
  for (size_t i = 0; i < times.size(); ++i) {
    events.columns[0].ints.push_back(static_cast<int64_t>(i) + 1);
    events.columns[1].floats.push_back(static_cast<double>(i) + 1);
    events.columns[2].bytes.push_back("a");
    for (std::vector<uint8_t>& passes : events.passes) passes.push_back((i + 1) % 2);
  }
  return events;
}

int64_t int_at(const std::shared_ptr<arrow::Array>& array, int64_t at) {
  return static_cast<const arrow::Int64Array&>(*array).Value(at);
}

TEST(WindowRead, HoldsItsBeginAndNotItsEnd) {
  for (int64_t folded : {0, 8}) {
    StateLayout layout = make_layout({{10, 100}, folded});
    const std::vector<WindowFeature> features{make_feature(&layout, kernel("sum(i)"), trailing(50), kNone)};
    EventBatch events = events_at({0, 49, 50, 99, 100});
    const RecordMap records = build(layout, events);
    const TimeUs times[] = {0, 1, 50, 51, 100, 101, 149, 150, 151};
    const Answers answers = read_all(layout, features, times, records);
    const int64_t expected[] = {0, 1, 3, 5, 7, 9, 9, 5, 0};
    for (int64_t i = 0; i < 9; ++i) {
      const bool is_empty = expected[i] == 0;
      EXPECT_EQ(answers.values[0]->IsNull(i), is_empty) << times[i];
      if (!is_empty) {
        EXPECT_EQ(int_at(answers.values[0], i), expected[i]) << times[i];
      }
      EXPECT_EQ(answers.newest[0][static_cast<size_t>(i)] == kNoEvent, is_empty);
    }
  }
}

TEST(WindowRead, LateEventsHideTheirTilesOnlyUntilTheyAreVisible) {
  StateLayout layout = make_layout({{10, 100}, 0});
  const std::vector<WindowFeature> features{make_feature(&layout, kernel("sum(i)"), WindowSpec{}, kNone)};
  EventBatch events = events_at({5, 15, 25}, {5, 500, 25});
  const RecordMap records = build(layout, events);
  const TimeUs times[] = {200, 499, 500, 501};
  const Answers answers = read_all(layout, features, times, records);
  EXPECT_EQ(int_at(answers.values[0], 0), 4);
  EXPECT_EQ(int_at(answers.values[0], 1), 4);
  EXPECT_EQ(int_at(answers.values[0], 2), 6);
  EXPECT_EQ(int_at(answers.values[0], 3), 6);
}

TEST(WindowRead, TheEndsOfTime) {
  constexpr TimeUs kFirst = INT64_MIN;
  constexpr TimeUs kLast = INT64_MAX;
  for (int64_t folded : {0, 8}) {
    StateLayout layout = make_layout({{10, 100}, folded});
    const std::vector<WindowFeature> features{make_feature(&layout, kernel("count(*)"), WindowSpec{}, kNone),
                                              make_feature(&layout, kernel("count(*)"), trailing(kLast), kNone),
                                              make_feature(&layout, kernel("count(*)"), last(2), kNone)};
    EventBatch events = events_at({kFirst, kFirst + 1, -1, 0, kLast - 1, kLast});
    const RecordMap records = build(layout, events);
    const TimeUs times[] = {kFirst, kFirst + 1, 0, kLast};
    expect_equal(read_all(layout, features, times, records), naive_answers(features, layout, times, events), features,
                 "the ends of time");
  }
}

TEST(WindowRead, NoRecordIsAnEmptyWindow) {
  StateLayout layout = make_layout({});
  const std::vector<WindowFeature> features{make_feature(&layout, kernel("count(*)"), trailing(kDayUs), kNone),
                                            make_feature(&layout, kernel("sum(f)"), trailing(kDayUs), 0),
                                            make_feature(&layout, kernel("last_n(s)"), last(3), kNone)};
  const TimeUs t = kDayUs;
  const Answers answers = read_all(layout, features, {&t, 1}, RecordMap());
  EXPECT_EQ(int_at(answers.values[0], 0), 0);
  EXPECT_TRUE(answers.values[1]->IsNull(0));
  EXPECT_TRUE(answers.values[2]->IsNull(0));
  for (const auto& newest : answers.newest) EXPECT_EQ(newest[0], kNoEvent);
}

TEST(WindowRead, LastCountsBeforeItSkipsNulls) {
  StateLayout layout = make_layout({{10}, 0});
  EventBatch events = events_at({1, 2, 2, 2, 30});
  events.columns[0].valid = {1, 1, 0, 1, 0};
  const std::vector<WindowFeature> features{make_feature(&layout, kernel("sum(i)"), last(3), kNone),
                                            make_feature(&layout, kernel("count(i)"), last(1), kNone),
                                            make_feature(&layout, kernel("sum(i)"), last(2), 0)};
  const TimeUs t = 100;
  const RecordMap records = build(layout, events);
  const Answers answers = read_all(layout, features, {&t, 1}, records);
  EXPECT_EQ(int_at(answers.values[0], 0), 6) << "the null at 30, then 4 and 2: the null at 2 is less than both";
  EXPECT_EQ(answers.newest[0][0], 2);
  EXPECT_EQ(int_at(answers.values[1], 0), 0);
  EXPECT_TRUE(answers.values[2]->IsNull(0)) << "of the odd ones, the last two are null";
}

std::vector<WindowFeature> twenty_features(StateLayout* layout) {
  std::vector<WindowFeature> features;
  for (const char* text : {"count(*)", "sum(f)", "mean(f)", "min(f)", "max(f)"}) {
    for (int64_t days : {1, 7, 14, 30})
      features.push_back(make_feature(layout, kernel(text), trailing(days * kDayUs), kNone));
  }
  return features;
}

EventBatch spread(int64_t count, TimeUs end) {
  std::vector<TimeUs> times;
  for (int64_t i = 0; i < count; ++i) times.push_back(end - 31 * kDayUs + (31 * kDayUs / count) * i);
  return events_at(times);
}

TEST(WindowRead, LooksAtTilesAndNotAtEvents) {
  StateLayout layout = make_layout({});
  const std::vector<WindowFeature> features = twenty_features(&layout);
  const TimeUs t = 400 * kDayUs + 777 * kMinuteUs + 12'345;
  int64_t read_at_most = 0;
  for (int64_t count : {10, 1'000, 30'000, 200'000}) {
    EventBatch events = spread(count, t);
    const RecordMap records = build(layout, events);
    expect_equal(read_all(layout, features, {&t, 1}, records), naive_answers(features, layout, {&t, 1}, events), features,
                 fmt::format("{} events", count));
    if (count == 30'000) read_at_most = records.records_read;
    if (count > 30'000) {
      EXPECT_LE(records.records_read, read_at_most + 10);
    }
    // 30 days, five cuts with up to 23 hours, 11 finest tiles and one record of events each.
    EXPECT_LE(records.records_read, 31 + 5 * (23 + 11 + 1));
    EXPECT_LE(records.scans, 1 + 5 * 3);
  }
}

TEST(WindowRead, WhatIsKeptIsReadFromNoStore) {
  StateLayout layout = make_layout({});
  const std::vector<WindowFeature> features = twenty_features(&layout);
  const TimeUs t = 400 * kDayUs + 777 * kMinuteUs + 12'345;
  EventBatch events = spread(30'000, t);
  const RecordMap records = build(layout, events);
  const Answers expected = naive_answers(features, layout, {&t, 1}, events);
  KeptEntity kept;
  kept.start(2);
  expect_equal(read_all(layout, features, {&t, 1}, records, &kept), expected, features, "first");
  const size_t of_records = kept.size_bytes();
  records.scans = 0;
  for (int round = 0; round < 2; ++round)
    expect_equal(read_all(layout, features, {&t, 1}, records, &kept), expected, features, "again");
  EXPECT_EQ(records.scans, 0);
  EXPECT_GT(kept.size_bytes(), of_records);  // the runs

  // Of another version nothing holds any more.
  EventBatch more = spread(20'000, t - kMinuteUs);
  const RecordMap written = build(layout, more);
  kept.start(2);
  expect_equal(read_all(layout, features, {&t, 1}, written, &kept), expected, features, "the same version");
  kept.start(4);
  expect_equal(read_all(layout, features, {&t, 1}, written, &kept), naive_answers(features, layout, {&t, 1}, more), features,
               "another version");
}

TEST(KeptTiles, ForgetsWhatWasReadLongestAgo) {
  KeptTiles kept(10'000);
  const std::shared_ptr<KeptEntity> a = kept.entity("a");
  kept.settle("a", 4'000);
  const std::shared_ptr<KeptEntity> b = kept.entity("b");
  kept.settle("b", 4'000);
  EXPECT_EQ(kept.entity("a"), a);
  kept.entity("c");
  kept.settle("c", 4'000);  // too much: b goes
  EXPECT_LE(kept.size_bytes(), 10'000U);
  EXPECT_EQ(kept.entity("a"), a);
  EXPECT_NE(kept.entity("b"), b);
  kept.settle("a", 20'000);  // more than may be kept: nothing is
  EXPECT_LE(kept.size_bytes(), 10'000U);
  EXPECT_NE(kept.entity("a"), a);
}

TEST(WindowRead, LastReadsFewRecordsOfMany) {
  StateLayout layout = make_layout({});
  const std::vector<WindowFeature> features{make_feature(&layout, kernel("last_n(f)"), last(5), kNone)};
  const TimeUs t = 400 * kDayUs;
  std::vector<TimeUs> times;
  for (TimeUs day = 0; day < 400; ++day) times.push_back(day * kDayUs);
  EventBatch events = events_at(times);
  const RecordMap records = build(layout, events);
  read_all(layout, features, {&t, 1}, records);
  EXPECT_LE(records.records_read, 16);
}

TEST(ExplainWindow, SaysWhatMadeAValue) {
  StateLayout layout = make_layout({{10, 100}, 0});
  const WindowFeature feature = make_feature(&layout, kernel("sum(i)"), trailing(150), 0);
  EventBatch events = events_at({45, 55, 105, 110, 190, 197}, {45, 55, 105, 110, 300, 197});
  const RecordMap records = build(layout, events);
  auto explained = explain_window(layout, feature, 200, records.scan());
  ASSERT_TRUE(explained.ok()) << explained.status().to_string();
  EXPECT_EQ(explained->span.begin, 50);
  EXPECT_EQ(explained->span.end, 200);
  // The tile [190, 200) holds an event that is not visible yet, so that it is taken apart.
  ASSERT_EQ(explained->tiles.size(), 3u);
  EXPECT_EQ(explained->tiles[0].start, 110);
  EXPECT_EQ(explained->tiles[1].start, 100);
  EXPECT_EQ(explained->tiles[2].start, 50);
  EXPECT_EQ(explained->tiles[2].level, 1);
  EXPECT_EQ(explained->tiles[2].end, 60);
  EXPECT_EQ(explained->tiles[2].events, 1);
  EXPECT_TRUE(explained->events.empty()) << "197 does not pass";
  ASSERT_EQ(explained->not_visible.size(), 1u);
  EXPECT_EQ(explained->not_visible[0].event_time, 190);
  EXPECT_EQ(std::get<int64_t>(explained->not_visible[0].value), 5);
}

TEST(ExplainWindow, OfLastNamesItsEvents) {
  StateLayout layout = make_layout({{10, 100}, 2});
  const WindowFeature feature = make_feature(&layout, kernel("sum(i)"), last(2), kNone);
  EventBatch events = events_at({45, 55, 105, 110, 190, 197}, {45, 55, 105, 110, 300, 197});
  const RecordMap records = build(layout, events);
  auto explained = explain_window(layout, feature, 200, records.scan());
  ASSERT_TRUE(explained.ok());
  EXPECT_TRUE(explained->tiles.empty());
  ASSERT_EQ(explained->events.size(), 2u);
  EXPECT_EQ(explained->events[0].event_time, 197);
  EXPECT_EQ(explained->events[1].event_time, 110);
  ASSERT_EQ(explained->not_visible.size(), 1u);
}

}  // namespace
}  // namespace gnomon
