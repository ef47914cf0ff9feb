// The rules one by one, each at its edge. What random histories cover too is here for its name.
#include <filesystem>

#include <gtest/gtest.h>

#include "online_store_draw.h"
#include "online_store_factory.h"
#include "online_store_model.h"

namespace gnomon {
namespace {

constexpr TimeUs kNow = 1'000'000;

// A row of a view with key `user` (Int64) and feature `x` (Int64).
struct Fact {
  std::optional<int64_t> user;
  std::optional<int64_t> x;
  TimeUs event_time;
  std::optional<TimeUs> created_time, known_at;
};

std::shared_ptr<arrow::Array> int64_array(const std::vector<std::optional<int64_t>>& values) {
  arrow::Int64Builder builder;
  for (const auto& value : values) ARROW_CHECK_OK(builder.AppendOrNull(value));
  return builder.Finish().ValueOrDie();
}

std::shared_ptr<arrow::RecordBatch> facts(const std::vector<Fact>& rows) {
  std::vector<std::optional<int64_t>> columns[5];
  for (const Fact& row : rows) {
    columns[0].push_back(row.user);
    columns[1].push_back(row.x);
    columns[2].push_back(row.event_time);
    columns[3].push_back(row.created_time);
    columns[4].push_back(row.known_at);
  }
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  const char* names[] = {"user", "x", kEventTime, kCreatedTime, kKnownAt};
  for (int i = 0; i < 5; ++i) {
    fields.push_back(arrow::field(names[i], arrow::int64()));
    arrays.push_back(int64_array(columns[i]));
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), static_cast<int64_t>(rows.size()), arrays);
}

std::shared_ptr<arrow::RecordBatch> users(const std::vector<std::optional<int64_t>>& ids) {
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("user", arrow::int64())}), static_cast<int64_t>(ids.size()),
                                  {int64_array(ids)});
}

OnlineViewSpec user_view(const std::string& id = "demo/user@1") {
  OnlineViewSpec view;
  view.id = id;
  view.keys = arrow::schema({arrow::field("user", arrow::int64())});
  view.features = arrow::schema({arrow::field("x", arrow::int64())});
  return view;
}

class OnlineStoreRules : public testing::TestWithParam<OnlineStoreFactory> {
 protected:
  void SetUp() override { open(); }

  void open() {
    store_.reset();
    auto opened = GetParam().open(folder_.path());
    ASSERT_TRUE(opened.ok()) << opened.status().to_string();
    store_ = std::move(*opened);
  }

  void write(const std::vector<Fact>& rows, TimeUs now = kNow) {
    Status written = store_->write(view_, {facts(rows)}, now, {});
    ASSERT_TRUE(written.ok()) << written.to_string();
  }

  // "PRESENT 7", "PRESENT null", "NOT_FOUND", …
  std::string get(std::optional<int64_t> user, TimeUs t) {
    auto rows = store_->read(view_, *users({user}), t);
    if (!rows.ok()) return rows.status().to_string();
    std::string text = online_status_name(rows->row_status[0]);
    return rows->row_status[0] == OnlineStatus::kPresent ? text + " " + cell_bits(*rows->features->column(0), 0) : text;
  }

  ScratchFolder folder_;
  std::unique_ptr<OnlineStore> store_;
  OnlineViewSpec view_ = user_view();
};

TEST_P(OnlineStoreRules, AnOlderPushReplacesNothing) {
  write({{1, 20, 200}});
  write({{1, 10, 100}});
  EXPECT_EQ(get(1, kNow), "PRESENT 20");
}

TEST_P(OnlineStoreRules, TtlIsInclusiveAndExact) {
  view_.ttl_us = 50;
  write({{1, 7, 100}});
  EXPECT_EQ(get(1, 99), "NOT_FOUND");
  EXPECT_EQ(get(1, 100), "PRESENT 7");
  EXPECT_EQ(get(1, 150), "PRESENT 7");
  EXPECT_EQ(get(1, 151), "OUTSIDE_MAX_AGE");
  auto rows = store_->read(view_, *users({1}), 151);
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(rows->event_time[0], 100);
  EXPECT_TRUE(rows->features->column(0)->IsNull(0));
}

TEST_P(OnlineStoreRules, AFutureRowIsPendingUntilItsInstant) {
  write({{1, 1, 100}, {1, 2, kNow + 10}});
  EXPECT_EQ(get(1, kNow + 9), "PRESENT 1");
  EXPECT_EQ(get(1, kNow + 10), "PRESENT 2");
}

TEST_P(OnlineStoreRules, ARowServesOnceItIsKnownAndTheLagHasPassed) {
  view_.serving_lag_us = 5;
  write({{1, 1, 100}, {1, 2, 200, std::nullopt, kNow + 10}});
  EXPECT_EQ(get(1, kNow + 14), "PRESENT 1");
  EXPECT_EQ(get(1, kNow + 15), "PRESENT 2");
  EXPECT_EQ(get(2, kNow), "NOT_FOUND");
}

TEST_P(OnlineStoreRules, CreatedTimeThenContentBreakTies) {
  write({{1, 9, 100, std::nullopt}, {1, 1, 100, 3}, {1, 0, 100, 2}});
  EXPECT_EQ(get(1, kNow), "PRESENT 1");
  write({{2, 5, 100}, {2, 6, 100}, {2, std::nullopt, 100}});
  EXPECT_EQ(get(2, kNow), "PRESENT 6");
}

TEST_P(OnlineStoreRules, ANewerNullIsTheAnswer) {
  write({{1, 5, 100}, {1, std::nullopt, 200}});
  EXPECT_EQ(get(1, kNow), "PRESENT null");
}

TEST_P(OnlineStoreRules, NullMissingAndRepeatedKeysAnswerRowByRow) {
  write({{1, 5, 100}, {0, 6, 100}});
  auto rows = store_->read(view_, *users({std::nullopt, 1, 9, 1, 0}), kNow);
  ASSERT_TRUE(rows.ok());
  std::vector<std::string> got;
  for (int64_t i = 0; i < 5; ++i) got.push_back(store_answer(*rows, i).text());
  EXPECT_EQ(got, (std::vector<std::string>{"NOT_FOUND at 0 ", "PRESENT at 100 5;", "NOT_FOUND at 0 ", "PRESENT at 100 5;",
                                           "PRESENT at 100 6;"}));
}

TEST_P(OnlineStoreRules, NothingToAskOrToWrite) {
  EXPECT_EQ(get(1, kNow), "NOT_FOUND");
  ASSERT_TRUE(store_->write(view_, {}, kNow, {}).ok());
  ASSERT_TRUE(store_->write(view_, {facts({})}, kNow, {{"m", ""}}).ok());
  auto rows = store_->read(view_, *users({}), kNow);
  ASSERT_TRUE(rows.ok()) << rows.status().to_string();
  EXPECT_EQ(rows->features->num_rows(), 0);
  EXPECT_EQ(*store_->get_mark("m"), std::optional<std::string>(""));
}

TEST_P(OnlineStoreRules, WhatWasDroppedIsNotCovered) {
  write({{1, 1, 100}, {1, 2, 200}});
  EXPECT_EQ(get(1, 199), "INVALID");
  EXPECT_EQ(get(1, 99), "NOT_FOUND");
  EXPECT_EQ(get(1, 200), "PRESENT 2");
  // A late row is dropped at once, and that too is remembered.
  write({{1, 0, 50}});
  EXPECT_EQ(get(1, 99), "INVALID");
  EXPECT_EQ(get(1, 49), "NOT_FOUND");
}

TEST_P(OnlineStoreRules, RetentionAnswersAsFarBackAsItSays) {
  view_.as_of_retention_us = 100;
  for (TimeUs t : {100, 200, 300, 400}) write({{1, t, t}}, 400);
  EXPECT_EQ(get(1, 300), "PRESENT 300");
  EXPECT_EQ(get(1, 299), "INVALID");
  view_ = user_view("demo/all@1");
  view_.as_of_retention_us = -1;
  for (TimeUs t : {400, 100, 300, 200}) write({{1, t, t}}, 1000);
  EXPECT_EQ(get(1, 99), "NOT_FOUND");
  EXPECT_EQ(get(1, 100), "PRESENT 100");
  EXPECT_EQ(get(1, 299), "PRESENT 200");
}

TEST_P(OnlineStoreRules, TimesBeforeTheEpochAndAtTheEnds) {
  constexpr TimeUs kMax = std::numeric_limits<TimeUs>::max(), kMin = std::numeric_limits<TimeUs>::min();
  view_.ttl_us = 10;
  view_.serving_lag_us = 1;
  write({{1, 1, -100, std::nullopt, -101}, {2, 2, kMin}, {3, 3, kMax}});
  EXPECT_EQ(get(1, -101), "NOT_FOUND");
  EXPECT_EQ(get(1, -100), "PRESENT 1");
  EXPECT_EQ(get(1, -89), "OUTSIDE_MAX_AGE");
  EXPECT_EQ(get(2, kMin + 1), "PRESENT 2");
  EXPECT_EQ(get(3, kMax - 1), "NOT_FOUND");
  EXPECT_EQ(get(3, kMax), "PRESENT 3");
}

TEST_P(OnlineStoreRules, CompositeKeysAreNotConfused) {
  for (const auto& type : {arrow::int32(), arrow::utf8()}) {
    OnlineViewSpec view = user_view("demo/pairs@" + type->ToString());
    view.keys = arrow::schema({arrow::field("a", type), arrow::field("b", type)});
    arrow::ArrayVector columns;
    for (const std::vector<std::string>& column : {std::vector<std::string>{"1", "11"}, {"11", "1"}}) {
      auto builder = arrow::MakeBuilder(type).ValueOrDie();
      for (const auto& text : column) ARROW_CHECK_OK(builder->AppendScalar(*arrow::Scalar::Parse(type, text).ValueOrDie()));
      columns.push_back(builder->Finish().ValueOrDie());
    }
    auto keys = arrow::RecordBatch::Make(view.keys, 2, columns);
    auto rows = keys;
    for (const char* name : {"x", kEventTime, kCreatedTime, kKnownAt}) {
      rows = rows->AddColumn(rows->num_columns(), name, int64_array({100, 200})).ValueOrDie();
    }
    ASSERT_TRUE(store_->write(view, {rows}, kNow, {}).ok());
    auto got = store_->read(view, *keys, kNow);
    ASSERT_TRUE(got.ok());
    EXPECT_EQ(store_answer(*got, 0).text(), "PRESENT at 100 100;");
    EXPECT_EQ(store_answer(*got, 1).text(), "PRESENT at 200 200;");
  }
}

TEST_P(OnlineStoreRules, EveryTypeComesBackToTheBit) {
  Generator generator(7);
  OnlineViewSpec view = user_view("demo/types@1");
  arrow::FieldVector features;
  for (const auto& type : all_feature_types()) features.push_back(arrow::field("f" + std::to_string(features.size()), type));
  view.features = arrow::schema(features);
  constexpr int64_t kRows = 500;
  std::vector<std::optional<int64_t>> ids, times;
  for (int64_t i = 0; i < kRows; ++i) {
    ids.push_back(i * 7919 % kRows);
    times.push_back(i);
  }
  arrow::FieldVector fields = {arrow::field("user", arrow::int64())};
  arrow::ArrayVector columns = {int64_array(ids)};
  for (const auto& feature : features) {
    fields.push_back(feature);
    columns.push_back(draw_column(&generator, feature->type(), kRows, true));
  }
  for (const char* name : {kEventTime, kCreatedTime, kKnownAt}) {
    fields.push_back(arrow::field(name, arrow::int64()));
    columns.push_back(int64_array(times));
  }
  auto rows = arrow::RecordBatch::Make(arrow::schema(fields), kRows, columns);
  // Slices, so that no column starts at its buffer's beginning.
  ASSERT_TRUE(store_->write(view, {rows->Slice(0, 123), rows->Slice(123)}, kNow, {}).ok());
  auto got = store_->read(view, *rows->Slice(3), kNow);
  ASSERT_TRUE(got.ok()) << got.status().to_string();
  ASSERT_TRUE(got->features->ValidateFull().ok());
  EXPECT_TRUE(got->features->schema()->Equals(*view.features));
  for (int64_t i = 3; i < kRows; ++i)
    EXPECT_EQ(row_bits(*got->features, i - 3, *view.features), row_bits(*rows, i, *view.features)) << i;
}

TEST_P(OnlineStoreRules, AReplayChangesNothing) {
  std::vector<Fact> rows = {{1, 1, 100}, {1, 2, 200}, {2, 3, 100, 1}, {1, 4, kNow + 5}};
  write(rows);
  uint64_t before = store_->sequence();
  for (int i = 0; i < 3; ++i) write(rows);
  EXPECT_EQ(get(1, kNow), "PRESENT 2");
  EXPECT_EQ(get(1, kNow + 5), "PRESENT 4");
  EXPECT_EQ(get(2, kNow), "PRESENT 3");
  EXPECT_EQ(store_->sequence(), before + 3);
}

TEST_P(OnlineStoreRules, ViewsAndProjectsAreApart) {
  OnlineViewSpec demo = user_view("demo/user@1"), mydemo = user_view("mydemo/user@1"), longer = user_view("demo/user@11");
  int64_t x = 0;
  for (const auto& view : {demo, mydemo, longer}) {
    ++x;
    ASSERT_TRUE(store_->write(view, {facts({{1, x, 100}})}, kNow, {{view.id + "|until", std::to_string(x)}}).ok());
  }
  ASSERT_TRUE(store_->drop_view(demo.id).ok());
  ASSERT_TRUE(store_->drop_view(demo.id).ok()) << "dropping twice is no error";
  std::vector<std::string> got;
  for (const auto& view : {demo, mydemo, longer}) {
    view_ = view;
    got.push_back(get(1, kNow) + " " + store_->get_mark(view.id + "|until")->value_or("no mark"));
  }
  EXPECT_EQ(got, (std::vector<std::string>{"NOT_FOUND no mark", "PRESENT 2 2", "PRESENT 3 3"}));
  // What comes after a drop starts from nothing.
  view_ = demo;
  write({{2, 9, 50}});
  EXPECT_EQ(get(1, kNow), "NOT_FOUND");
  EXPECT_EQ(get(2, kNow), "PRESENT 9");
}

TEST_P(OnlineStoreRules, EverythingSurvivesARestart) {
  view_.as_of_retention_us = -1;
  write({{1, 1, 100}, {1, 2, 200}, {2, 3, kNow + 5}});
  ASSERT_TRUE(store_->write(view_, {}, kNow, {{"demo/user@1|until", std::string("a\0b", 3)}}).ok());
  uint64_t sequence = store_->sequence();
  for (int i = 0; i < 2; ++i) {
    open();
    EXPECT_EQ(get(1, 150), "PRESENT 1");
    EXPECT_EQ(get(1, kNow), "PRESENT 2");
    EXPECT_EQ(get(2, kNow + 5), "PRESENT 3");
    EXPECT_EQ(*store_->get_mark("demo/user@1|until"), std::optional<std::string>(std::string("a\0b", 3)));
    EXPECT_EQ(store_->sequence(), sequence);
  }
  write({});
  EXPECT_EQ(store_->sequence(), sequence + 1);
}

TEST_P(OnlineStoreRules, AnotherMeaningOfTheViewIsRefused) {
  write({{1, 1, 100}});
  for (bool restarted : {false, true}) {
    if (restarted) open();
    OnlineViewSpec other_lag = user_view(), other_schema = user_view();
    other_lag.serving_lag_us = 1;
    other_schema.features = arrow::schema({arrow::field("y", arrow::int64())});
    for (const auto& view : {other_lag, other_schema}) {
      auto rows = store_->read(view, *users({1}), kNow);
      ASSERT_FALSE(rows.ok());
      EXPECT_EQ(rows.status().code(), Code::kFailedPrecondition);
      EXPECT_NE(rows.status().to_string().find(view.id), std::string::npos);
    }
  }
}

TEST_P(OnlineStoreRules, RowsThatAreNotCanonicalAreRefused) {
  auto good = facts({{1, 1, 100}});
  auto check = [&](const std::shared_ptr<arrow::RecordBatch>& rows, const char* names) {
    Status status = store_->write(view_, {rows}, kNow, {});
    EXPECT_EQ(status.code(), Code::kInvalidArgument);
    EXPECT_NE(status.to_string().find(names), std::string::npos) << status.to_string();
  };
  check(facts({{std::nullopt, 1, 100}}), "user");
  check(good->RemoveColumn(1).ValueOrDie(), "\"x\"");
  check(good->RemoveColumn(2).ValueOrDie(), kEventTime);
  check(good->SetColumn(0, arrow::field("user", arrow::int32()), arrow::MakeArrayOfNull(arrow::int32(), 1).ValueOrDie())
            .ValueOrDie(),
        "int32");
  check(good->SetColumn(2, arrow::field(kEventTime, arrow::int64()), int64_array({std::nullopt})).ValueOrDie(), kEventTime);
  EXPECT_EQ(store_->sequence(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Stores, OnlineStoreRules, testing::ValuesIn(online_store_factories()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace gnomon
