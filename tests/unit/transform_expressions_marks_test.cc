// Which nulls are lost values: an integer that outgrew Int64, and what is made of it.
#include "transform_expressions_fixture.h"

namespace gnomon {
namespace {

constexpr int64_t kMax = INT64_MAX;

// Rows of `a` (Int64), `b` (Int64) and `f` (Bool): (kMax, 1, true), (kMax, 1, false), (2, 0, true), (null, 1, true).
std::shared_ptr<arrow::RecordBatch> rows() {
  arrow::Int64Builder a, b;
  arrow::BooleanBuilder flag;
  EXPECT_TRUE(a.AppendValues({kMax, kMax, 2}).ok() && a.AppendNull().ok());
  EXPECT_TRUE(b.AppendValues({1, 1, 0, 1}).ok());
  EXPECT_TRUE(flag.AppendValues(std::vector<bool>{true, false, true, true}).ok());
  auto schema = arrow::schema(
      {arrow::field("a", arrow::int64()), arrow::field("b", arrow::int64()), arrow::field("f", arrow::boolean())});
  return arrow::RecordBatch::Make(schema, 4, {a.Finish().ValueOrDie(), b.Finish().ValueOrDie(), flag.Finish().ValueOrDie()});
}

// A mark a row: '!' lost, '-' null, 'v' a value.
std::string marks(const std::string& text) {
  auto bound = bind(parsed(text), *rows()->schema());
  EXPECT_TRUE(bound.ok()) << bound.status().to_string();
  auto made = evaluate_marked(*bound, *rows());
  EXPECT_TRUE(made.ok()) << made.status().to_string();
  std::string out;
  for (int64_t row = 0; row < made->values->length(); ++row) {
    const bool lost = !made->invalid.empty() && made->invalid[static_cast<size_t>(row)] != 0;
    EXPECT_TRUE(!lost || made->values->IsNull(row)) << "a lost value is null";
    out += lost ? '!' : made->values->IsNull(row) ? '-' : 'v';
  }
  return out;
}

TEST(ExpressionMarks, OverflowIsLostAndNullIsNot) {
  EXPECT_EQ(marks("a + b"), "!!v-");
  EXPECT_EQ(marks("a - b"), "vvv-");
  EXPECT_EQ(marks("a * 2"), "!!v-");
  EXPECT_EQ(marks("-(-a - 1) - b"), "!!v-");
  EXPECT_EQ(marks("(-a - 1) // -b"), "!!--");  // INT64_MIN // -1; -3 // 0
  EXPECT_EQ(marks("a // b"), "vv--");
  EXPECT_EQ(marks("a % b"), "vv--");
  EXPECT_EQ(marks("abs(-a - b)"), "!!v-");
  EXPECT_EQ(marks("round(a * 4.0)"), "!!v-");
  EXPECT_EQ(marks("int(0.0 / (b - 1))"), "!!v!");  // NaN has no integer
}

TEST(ExpressionMarks, WhatIsMadeOfALostValueIsLost) {
  EXPECT_EQ(marks("(a + b) * 1"), "!!v-");
  EXPECT_EQ(marks("(a + b) / 2"), "!!v-");
  EXPECT_EQ(marks("(a + b) > 1"), "!!v-");
  EXPECT_EQ(marks("(a + b) in [1, 2]"), "!!v-");
  EXPECT_EQ(marks("min(a + b, 1)"), "!!v-");
  EXPECT_EQ(marks("str(a + b)"), "!!v-");
}

TEST(ExpressionMarks, WhatTakesItsPlaceIsNot) {
  EXPECT_EQ(marks("coalesce(a + b, 0)"), "vvvv");
  EXPECT_EQ(marks("(a + b) is None"), "vvvv");
  EXPECT_EQ(marks("a + b > 1 or True"), "vvvv");
  EXPECT_EQ(marks("a + b > 1 and f"), "!vv-");
}

TEST(ExpressionMarks, OfIfOnlyTheChosenSideCounts) {
  EXPECT_EQ(marks("a + b if f else 1"), "!vv-");
  EXPECT_EQ(marks("1 if f else a + b"), "v!vv");
  EXPECT_EQ(marks("1 if a + b > 1 else 2"), "!!v-");
  EXPECT_EQ(marks("None if f else a + b"), "-!--");
}

TEST(ExpressionMarks, ConstantsToo) {
  EXPECT_EQ(marks("9223372036854775807 + 1"), "!!!!");
  EXPECT_EQ(marks("a if f else 9223372036854775807 + 1"), "v!v-");
  EXPECT_EQ(marks("coalesce(9223372036854775807 + 1, 1)"), "vvvv");
  EXPECT_EQ(marks("7 // 0"), "----");
  EXPECT_EQ(marks("array_sum([9223372036854775807, 1])"), "!!!!");
}

}  // namespace
}  // namespace gnomon
