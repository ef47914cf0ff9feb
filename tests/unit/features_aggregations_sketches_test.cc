// approx_count_distinct and approx_percentile: their edges, and the errors that they promise.
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "features/aggregations/hyperloglog.h"
#include "features/aggregations/percentile_rank.h"
#include "features/aggregations/value_buckets.h"
#include "features_aggregation_answers.h"

namespace gnomon {
namespace {

using test::answer;
using test::floats;
using test::ints;
using test::texts;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(SketchAggregations, FewDistinctValuesAreCountedExactly) {
  EXPECT_EQ(answer("approx_count_distinct", texts({})), "0");
  EXPECT_EQ(answer("approx_count_distinct", texts({"a", "b", "a", std::nullopt})), "2");
  EXPECT_EQ(answer("approx_count_distinct", floats({0.0, -0.0, kNaN, -kNaN})), "2");
}

TEST(SketchAggregations, DistinctCountsAreWithinThreeStandardErrors) {
  HyperLogLog sketch;
  double squares = 0;
  int checks = 0;
  int64_t next = 100;
  for (int64_t value = 1; value <= 2'000'000; ++value) {
    sketch.add(register_rank(value));
    if (value != next) continue;
    next = next * 11 / 10;
    const double error = static_cast<double>(estimate_distinct(sketch.rank_counts())) / static_cast<double>(value) - 1;
    EXPECT_LT(std::fabs(error), 3 * 1.04 / 64) << value;
    squares += error * error;
    ++checks;
  }
  RecordProperty("relative_error_rms", std::to_string(std::sqrt(squares / checks)));
  EXPECT_LT(std::sqrt(squares / checks), 1.5 * 1.04 / 64);
}

TEST(SketchAggregations, MergedSketchesHaveTheBytesOfOne) {
  for (int64_t many : {3, 700, 800, 5000}) {  // a list, a list that just fits, arrays
    HyperLogLog one, odd, even;
    for (int64_t value = 0; value < many; ++value) {
      one.add(register_rank(value));
      (value % 2 == 0 ? even : odd).add(register_rank(value));
    }
    odd.merge(even);
    std::string expected, merged;
    one.encode(&expected);
    odd.encode(&merged);
    EXPECT_EQ(merged, expected) << many;
    HyperLogLog decoded;
    ASSERT_TRUE(decoded.decode(merged, "").ok());
    EXPECT_EQ(decoded.rank_counts(), one.rank_counts());
  }
}

TEST(SketchAggregations, BucketsAreWithinOnePercentAndInOrder) {
  std::mt19937_64 random(7);
  double worst = 0;
  for (int round = 0; round < 100'000; ++round) {
    const double value = std::bit_cast<double>(random() >> 1);  // any positive float
    if (!std::isnormal(value)) continue;
    worst = std::max(worst, std::fabs(value_of_bucket(bucket_of(value)) / value - 1));
    ASSERT_EQ(bucket_of(-value), -bucket_of(value));
    ASSERT_LE(bucket_of(value), bucket_of(value * 1.001));
  }
  EXPECT_LE(worst, 0.00990178);
  EXPECT_GT(worst, 0.0099);
  RecordProperty("relative_error_worst", std::to_string(worst));
}

TEST(SketchAggregations, EveryBucketHoldsItsOwnValue) {
  for (int32_t bucket = -kInfinityBucket; bucket <= kNanBucket; ++bucket) {
    const double value = value_of_bucket(bucket);
    if (std::isfinite(value) && std::fabs(value) < 1e-300) continue;  // subnormals are coarser than the buckets
    ASSERT_EQ(bucket_of(value), bucket);
  }
  constexpr double kTiny = std::numeric_limits<double>::denorm_min();
  EXPECT_EQ(value_of_bucket(bucket_of(kTiny)), kTiny);
  EXPECT_EQ(bucket_of(kTiny), 1);
  EXPECT_EQ(bucket_of(std::numeric_limits<double>::max()), kInfinityBucket - 1);
  EXPECT_EQ(bucket_of(-0.0), 0);
}

TEST(SketchAggregations, NearestRankReadsPAsWritten) {
  EXPECT_EQ(PercentileRank(0.07).of(100), 7);  // as floats: 7.000000000000001
  EXPECT_EQ(PercentileRank(0.07).of(101), 8);
  EXPECT_EQ(PercentileRank(0.1).of(10), 1);
  EXPECT_EQ(PercentileRank(0.1).of(11), 2);
  EXPECT_EQ(PercentileRank(1).of(INT64_MAX), INT64_MAX);
  EXPECT_EQ(PercentileRank(0.5).of(4), 2);
  EXPECT_EQ(PercentileRank(1e-300).of(INT64_MAX), 1);
  EXPECT_EQ(PercentileRank(1e-5).of(100001), 2);
  EXPECT_EQ(PercentileRank(0.9999999999999999).of(10), 10);
}

TEST(SketchAggregations, Percentiles) {
  EXPECT_EQ(answer("approx_percentile", floats({}), {.p = 0.5}), "null");
  EXPECT_EQ(answer("approx_percentile", ints({0, -5, 1000, 0}), {.p = 0.5}), "0");
  EXPECT_EQ(answer("approx_percentile", floats({-kInfinity, 0.0, kInfinity}), {.p = 1.0}), "inf");
  EXPECT_EQ(answer("approx_percentile", floats({-kInfinity, 0.0, kInfinity}), {.p = 0.1}), "-inf");
  EXPECT_EQ(answer("approx_percentile", floats({1.0, kNaN}), {.p = 0.1}), "nan");
  EXPECT_EQ(answer("approx_percentile", floats({1.0}), {.p = 0.1}), "1.0099017789530031");
}

}  // namespace
}  // namespace gnomon
