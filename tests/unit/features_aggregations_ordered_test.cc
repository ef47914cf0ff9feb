// first, last, first_n, last_n, last_distinct_n.
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "features/aggregations/position_set.h"
#include "features_aggregation_answers.h"

namespace gnomon {
namespace {

using test::answer;
using test::Group;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(OrderedAggregations, NullsAreSkipped) {
  const Group group = test::texts({std::nullopt, "b", "a", std::nullopt});
  EXPECT_EQ(answer("first", group), "b");
  EXPECT_EQ(answer("last", group), "a");
  EXPECT_EQ(answer("first_n", group, {.n = 9}), "[b, a]");
  EXPECT_EQ(answer("last_n", group, {.n = 9}), "[a, b]");
}

TEST(OrderedAggregations, NothingIsNull) {
  for (const Group& group : {test::texts({}), test::texts({std::nullopt})}) {
    for (const char* function : {"first", "last"}) EXPECT_EQ(answer(function, group), "null");
    for (const char* function : {"first_n", "last_n", "last_distinct_n"})
      EXPECT_EQ(answer(function, group, {.n = 2}), "null");
  }
}

TEST(OrderedAggregations, EqualTimesAreOrderedByCreatedTimeThenValue) {
  Group group = test::texts({"c", "z", "b", "a"});
  group.event_time = {4, 5, 5, 5};
  group.created_time = {9, INT64_MIN, 1, 1};
  EXPECT_EQ(answer("last", group), "b");
  EXPECT_EQ(answer("first", group), "c");
  EXPECT_EQ(answer("last_n", group, {.n = 9}), "[b, a, z, c]");
  EXPECT_EQ(answer("first_n", group, {.n = 3}), "[c, z, a]");
}

TEST(OrderedAggregations, FloatsKeepTheSignOfZeroButForDistinctValues) {
  Group group = test::floats({0.0, kNaN, -0.0, -kNaN, 1.0});
  group.event_time.assign(5, 7);
  EXPECT_EQ(answer("last_n", group, {.n = 9}), "[nan, nan, 1, 0, -0]");
  EXPECT_EQ(answer("first", group), "-0");
  EXPECT_EQ(answer("last_distinct_n", group, {.n = 9}), "[nan, 1, 0]");
}

TEST(OrderedAggregations, DistinctValuesByTheirLatestEvent) {
  const Group group = test::texts({"a", "b", "c", "b"});
  EXPECT_EQ(answer("last_distinct_n", group, {.n = 2}), "[b, c]");
  EXPECT_EQ(answer("last_distinct_n", group, {.n = 3}), "[b, c, a]");
}

TEST(OrderedAggregations, OtherTypes) {
  EXPECT_EQ(answer("last_n", test::ints({0, 1, 1}, "Bool"), {.n = 2}), "[true, true]");
  EXPECT_EQ(answer("last", test::floats({0.1F}, "Float32")), "0.1");
  EXPECT_EQ(answer("first", test::ints({INT64_MIN, 1})), "-9223372036854775808");
}

TEST(OrderedAggregations, FirstAndLastShareTheirState) {
  EXPECT_EQ(test::kernel_of("first", "String")->state_id(), test::kernel_of("first_n", "String", {.n = 1})->state_id());
  EXPECT_EQ(test::kernel_of("last", "Float64")->state_id(), test::kernel_of("last_n", "Float64", {.n = 1})->state_id());
  EXPECT_NE(test::kernel_of("last", "Float64")->state_id(), test::kernel_of("last", "String")->state_id());
}

TEST(PositionSet, NextAndLastAcrossLevels) {
  for (int64_t size : {0, 1, 63, 64, 65, 4096, 4097, 300000}) {
    PositionSet set(size);
    EXPECT_EQ(set.first_from(0), PositionSet::kNone);
    EXPECT_EQ(set.last_before(size), PositionSet::kNone);
    if (size == 0) continue;
    set.insert(0);
    set.insert(size - 1);
    EXPECT_EQ(set.first_from(0), 0);
    EXPECT_EQ(set.first_from(size > 1 ? 1 : 0), size - 1);
    EXPECT_EQ(set.first_from(size), PositionSet::kNone);
    EXPECT_EQ(set.last_before(size), size - 1);
    EXPECT_EQ(set.last_before(0), PositionSet::kNone);
    EXPECT_EQ(set.last_before(size - 1), size > 1 ? 0 : PositionSet::kNone);
    set.erase(size - 1);
    EXPECT_EQ(set.last_before(size), size > 1 ? 0 : PositionSet::kNone);
  }
}

}  // namespace
}  // namespace gnomon
