// Casts of semantics.md, "Types": value by value, with the rows that do not fit marked; times floored to microseconds.
#include <cmath>
#include <limits>

#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <arrow/json/from_string.h>
#include <gtest/gtest.h>

#include "data/cast.h"

namespace gnomon {
namespace {

std::shared_ptr<arrow::Array> array(const std::shared_ptr<arrow::DataType>& type, const std::string& json) {
  return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
}

CastColumn cast(const std::shared_ptr<arrow::Array>& values, const std::shared_ptr<arrow::DataType>& to) {
  EXPECT_TRUE(arrow::compute::Initialize().ok());
  auto result = cast_column(values, to);
  EXPECT_TRUE(result.ok()) << result.status().to_string();
  return *result;
}

TEST(Cast, FloatsToIntegersOnlyWhereIntegral) {
  arrow::DoubleBuilder builder;
  ASSERT_TRUE(builder.AppendValues({1.0, 1.5, -2.0, std::nan(""), 9223372036854775808.0, -9223372036854775808.0}).ok());
  CastColumn out = cast(builder.Finish().ValueOrDie(), arrow::int64());
  EXPECT_EQ(out.rejected, (std::vector<int64_t>{1, 3, 4}));
  EXPECT_TRUE(out.values->Equals(array(arrow::int64(), "[1, null, -2, null, null, -9223372036854775808]")));
}

TEST(Cast, NarrowingIsChecked) {
  CastColumn out = cast(array(arrow::int64(), "[1, 2147483648, null, -2147483648]"), arrow::int32());
  EXPECT_EQ(out.rejected, (std::vector<int64_t>{1}));
  CastColumn wide = cast(array(arrow::uint64(), "[1, 9223372036854775808]"), arrow::int64());
  EXPECT_EQ(wide.rejected, (std::vector<int64_t>{1}));
}

TEST(Cast, FloatsRoundAndListsCastTheirItems) {
  CastColumn out = cast(array(arrow::float64(), "[0.1, 1e300]"), arrow::float32());
  EXPECT_TRUE(out.rejected.empty());
  EXPECT_EQ(static_cast<const arrow::FloatArray&>(*out.values).Value(0), 0.1F);
  CastColumn lists = cast(array(arrow::list(arrow::float64()), "[[1, 2], [], null, [0.5]]"), arrow::list(arrow::int64()));
  EXPECT_EQ(lists.rejected, (std::vector<int64_t>{3}));
}

TEST(Cast, TextAgainstNumberIsRefused) {
  EXPECT_FALSE(can_cast(*arrow::utf8(), *arrow::int64()));
  EXPECT_FALSE(can_cast(*arrow::int64(), *arrow::utf8()));
  EXPECT_EQ(cast_column(array(arrow::utf8(), R"(["1"])"), arrow::int64()).status().info().id, "GN205");
}

TEST(CastTime, NanosecondsAreFlooredAlsoBeforeTheEpoch) {
  auto nanos = array(arrow::int64(), "[1999, -1, -1000, -1001]")->View(arrow::timestamp(arrow::TimeUnit::NANO)).ValueOrDie();
  auto out = cast_time_column(nanos);
  ASSERT_TRUE(out.ok());
  EXPECT_TRUE(out->values->Equals(array(arrow::int64(), "[1, -1, -1, -2]")));
}

TEST(CastTime, SecondsThatDoNotFitAreRejected) {
  auto seconds =
      array(arrow::int64(), "[1, 9223372036854775807]")->View(arrow::timestamp(arrow::TimeUnit::SECOND, "UTC")).ValueOrDie();
  auto out = cast_time_column(seconds);
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(out->rejected, (std::vector<int64_t>{1}));
}

TEST(CastTime, OneTextColumnDoesNotMixZones) {
  EXPECT_EQ(cast_time_column(array(arrow::utf8(), R"(["2024-01-01T00:00Z", "2024-01-01T00:00"])")).status().info().id,
            "GN207");
  auto out = cast_time_column(array(arrow::utf8(), R"(["1970-01-01T00:00:01", "soon", null])"));
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(out->rejected, (std::vector<int64_t>{1}));
  EXPECT_TRUE(out->values->Equals(array(arrow::int64(), "[1000000, null, null]")));
}

}  // namespace
}  // namespace gnomon
