// count_distinct, mode, top_k, histogram, median: functions of how often each value occurs.
#include <limits>
#include <string>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "features_aggregation_answers.h"
#include "gnomon/aggregation.h"

namespace gnomon {
namespace {

using test::answer;
using test::floats;
using test::Group;
using test::ints;
using test::texts;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kHuge = std::numeric_limits<double>::max();
constexpr double kTiny = std::numeric_limits<double>::denorm_min();

TEST(CountAggregations, Distinct) {
  EXPECT_EQ(answer("count_distinct", texts({})), "0");
  EXPECT_EQ(answer("count_distinct", texts({"a", "b", "a", std::nullopt})), "2");
  EXPECT_EQ(answer("count_distinct", floats({0.0, -0.0, kNaN, -kNaN, 1.0})), "3");
  EXPECT_EQ(answer("count_distinct", ints({1, 2, 2}), {.max_distinct = 2}), "2");
  EXPECT_EQ(answer("count_distinct", ints({1, 2, 3}), {.max_distinct = 2}), "invalid");
}

TEST(CountAggregations, ModeAndTopK) {
  EXPECT_EQ(answer("mode", texts({})), "null");
  EXPECT_EQ(answer("mode", texts({"b", "a", "b", "a", "c"})), "a");
  EXPECT_EQ(answer("mode", floats({kNaN, 1.0})), "1");
  EXPECT_EQ(answer("mode", floats({kNaN, -kNaN, 1.0})), "nan");
  EXPECT_EQ(answer("mode", floats({-0.0, 0.0, 7.0})), "0");
  EXPECT_EQ(answer("mode", floats({-0.0})), "0");
  EXPECT_EQ(answer("mode", ints({1, 0, 1}, "Bool")), "true");
  EXPECT_EQ(answer("top_k", texts({"c", "b", "a", "b", "a"}), {.n = 2}), "[a, b]");
  EXPECT_EQ(answer("top_k", floats({kNaN, 5.0, 1.0, 5.0}), {.n = 9}), "[5, 1, nan]");
  EXPECT_EQ(answer("top_k", ints({std::nullopt}), {.n = 9}), "null");
}

TEST(CountAggregations, Histogram) {
  EXPECT_EQ(answer("histogram", texts({std::nullopt})), "null");
  EXPECT_EQ(answer("histogram", texts({"b", "a", "b", "q\"\\\n\x1f"})), R"({"a":1,"b":2,"q\"\\\n\u001f":1})");
  EXPECT_EQ(answer("histogram", texts({"\u00e9", "z", ""})), "{\"\":1,\"z\":1,\"\u00e9\":1}");
  EXPECT_EQ(answer("histogram", ints({10, 9, -1, 9})), R"({"-1":1,"10":1,"9":2})");
  EXPECT_EQ(answer("histogram", ints({1, 0, 1}, "Bool")), R"({"false":1,"true":2})");
}

TEST(CountAggregations, MedianOfIntegersIsExact) {
  EXPECT_EQ(answer("median", ints({3, 1, 2})), "2");
  EXPECT_EQ(answer("median", ints({4, 1, 3, 2, std::nullopt})), "2.5");
  const int64_t two_53 = int64_t{1} << 53;
  EXPECT_EQ(answer("median", ints({two_53 + 1, two_53 + 3})), "9007199254740994");
  EXPECT_EQ(answer("median", ints({INT64_MAX, INT64_MIN})), "-0.5");
  EXPECT_EQ(answer("median", ints({INT64_MAX, INT64_MAX})), "9.223372036854776e+18");
}

TEST(CountAggregations, MedianOfFloatsRoundsOnce) {
  EXPECT_EQ(answer("median", floats({})), "null");
  EXPECT_EQ(answer("median", floats({0.1, 0.2})), "0.15000000000000002");
  EXPECT_EQ(answer("median", floats({kHuge, kHuge})), fmt::format("{}", kHuge));
  EXPECT_EQ(answer("median", floats({kTiny, 0.0})), "0");
  EXPECT_EQ(answer("median", floats({-kTiny, 0.0})), "0");
  EXPECT_EQ(answer("median", floats({-0.0})), "0");
  EXPECT_EQ(answer("median", floats({-kInfinity, kInfinity})), "nan");
  EXPECT_EQ(answer("median", floats({-kInfinity, 1.0, kInfinity})), "1");
  EXPECT_EQ(answer("median", floats({kInfinity, 1.0})), "inf");
  EXPECT_EQ(answer("median", floats({1.0, 2.0, kNaN})), "nan");
}

TEST(CountAggregations, OneStateServesThemAll) {
  const std::string id = test::kernel_of("mode", "Int64")->state_id();
  for (const char* function : {"count_distinct", "histogram", "median"})
    EXPECT_EQ(test::kernel_of(function, "Int64")->state_id(), id);
  EXPECT_EQ(test::kernel_of("top_k", "Int64", {.n = 3})->state_id(), id);
}

TEST(CountAggregations, TypesWithoutMeaning) {
  v1::Aggregation aggregation;
  for (const auto& [function, type] :
       std::vector<std::pair<std::string, std::shared_ptr<arrow::DataType>>>{{"median", arrow::utf8()},
                                                                             {"median", arrow::boolean()},
                                                                             {"histogram", arrow::float64()},
                                                                             {"histogram", arrow::binary()},
                                                                             {"mode", nullptr}}) {
    aggregation.set_function(function);
    auto kernel = make_kernel(aggregation, type.get());
    ASSERT_FALSE(kernel.ok()) << function;
    EXPECT_EQ(kernel.status().info().id, "GN152");
  }
}

}  // namespace
}  // namespace gnomon
