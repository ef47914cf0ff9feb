#include <bit>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include <arrow/api.h>
#include <arrow/util/logging.h>

#include "data/content_order.h"

namespace gnomon {
namespace {

constexpr int kColumn[] = {0};

std::shared_ptr<arrow::RecordBatch> one_column(const std::shared_ptr<arrow::Array>& column) {
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("x", column->type())}), column->length(), {column});
}

// Every pair of `column`, whose values are given in strictly ascending order, compares as its places do.
void expect_ascending(const std::shared_ptr<arrow::Array>& column) {
  auto batch = one_column(column);
  for (int64_t i = 0; i < column->length(); ++i) {
    for (int64_t j = 0; j < column->length(); ++j) {
      int order = compare_content(*batch, i, *batch, j, kColumn);
      EXPECT_EQ((order > 0) - (order < 0), (i > j) - (i < j)) << column->type()->ToString() << " " << i << " " << j;
    }
  }
}

template <class Builder, class Value>
std::shared_ptr<arrow::Array> null_and(const std::vector<Value>& values) {
  Builder builder;
  ARROW_CHECK_OK(builder.AppendNull());
  for (const auto& value : values) ARROW_CHECK_OK(builder.Append(value));
  return builder.Finish().ValueOrDie();
}

TEST(ContentOrder, EveryTypeAscends) {
  using D = std::numeric_limits<double>;
  expect_ascending(null_and<arrow::Int64Builder, int64_t>(
      {std::numeric_limits<int64_t>::min(), -1, 0, 1, std::numeric_limits<int64_t>::max()}));
  expect_ascending(null_and<arrow::Int32Builder, int32_t>({-5, 0, 7}));
  expect_ascending(null_and<arrow::BooleanBuilder, bool>({false, true}));
  expect_ascending(null_and<arrow::StringBuilder, std::string>(
      {"", std::string(1, '\0'), "a", std::string("a\0", 2), "ab", "b", "\xc3\xbf"}));
  expect_ascending(null_and<arrow::DoubleBuilder, double>(
      {-D::infinity(), -1.5, -D::denorm_min(), -0.0, 0.0, D::denorm_min(), 1.5, D::infinity(), D::quiet_NaN()}));
  expect_ascending(
      null_and<arrow::FloatBuilder, float>({-2.0f, -0.0f, 0.0f, 2.0f, std::numeric_limits<float>::quiet_NaN()}));
}

TEST(ContentOrder, ListsAreLexicographicAndTheirNullsComeFirst) {
  arrow::ListBuilder builder(arrow::default_memory_pool(), std::make_shared<arrow::Int64Builder>());
  auto& items = static_cast<arrow::Int64Builder&>(*builder.value_builder());
  ARROW_CHECK_OK(builder.AppendNull());
  for (const std::vector<std::optional<int64_t>>& list : std::vector<std::vector<std::optional<int64_t>>>{
           {}, {std::nullopt}, {std::nullopt, 1}, {1}, {1, std::nullopt}, {1, 2}, {2}}) {
    ARROW_CHECK_OK(builder.Append());
    for (const auto& item : list) ARROW_CHECK_OK(items.AppendOrNull(item));
  }
  expect_ascending(builder.Finish().ValueOrDie());
}

TEST(ContentOrder, NanBitsDecideOnlyBetweenRowsThatAreElseEqual) {
  double positive = std::bit_cast<double>(0x7ff8000000000001), negative = std::bit_cast<double>(0xfff8000000000000);
  arrow::DoubleBuilder nans;
  ARROW_CHECK_OK(nans.AppendValues({positive, negative, positive}));
  arrow::Int64Builder numbers;
  ARROW_CHECK_OK(numbers.AppendValues({1, 2, 2}));
  auto batch =
      arrow::RecordBatch::Make(arrow::schema({arrow::field("x", arrow::float64()), arrow::field("y", arrow::int64())}), 3,
                               {nans.Finish().ValueOrDie(), numbers.Finish().ValueOrDie()});
  constexpr int kBoth[] = {0, 1};
  EXPECT_LT(compare_content(*batch, 0, *batch, 1, kBoth), 0) << "all NaNs are one value, so the second column decides";
  EXPECT_LT(compare_content(*batch, 1, *batch, 2, kBoth), 0);
  EXPECT_GT(compare_content(*batch, 2, *batch, 1, kBoth), 0);
  EXPECT_EQ(compare_content(*batch, 0, *batch, 0, kBoth), 0);
}

TEST(ContentOrder, EarlierColumnsWeighMore) {
  arrow::Int64Builder a, b;
  ARROW_CHECK_OK(a.AppendValues({1, 2}));
  ARROW_CHECK_OK(b.AppendValues({9, 0}));
  auto batch =
      arrow::RecordBatch::Make(arrow::schema({arrow::field("a", arrow::int64()), arrow::field("b", arrow::int64())}), 2,
                               {a.Finish().ValueOrDie(), b.Finish().ValueOrDie()});
  constexpr int kDeclared[] = {0, 1}, kReversed[] = {1, 0};
  EXPECT_LT(compare_content(*batch, 0, *batch, 1, kDeclared), 0);
  EXPECT_GT(compare_content(*batch, 0, *batch, 1, kReversed), 0);
}

}  // namespace
}  // namespace gnomon
