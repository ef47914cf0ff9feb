// The edges of each expectation, one by one.
#include <arrow/compute/api.h>

#include "quality_fixture.h"

namespace gnomon {
namespace {

using Rows = std::vector<int64_t>;

std::shared_ptr<arrow::Table> one_column(const std::shared_ptr<arrow::DataType>& type, const std::string& json) {
  return table_of({{"x", json_column(type, json)}});
}

v1::Check between(const char* min, const char* max) {
  return with(with(make_check("between", {"x"}), "min", min), "max", max);
}
template <class A, class B>
v1::Check between(A min, B max) {
  return with(with(make_check("between", {"x"}), "min", min), "max", max);
}

TEST(Between, EndsAreInUnlessStrict) {
  std::shared_ptr<arrow::Table> table = one_column(arrow::float64(), "[1, 1.5, 2]");
  EXPECT_EQ(bad_rows(*table, between(1, 2)), Rows{});
  EXPECT_EQ(bad_rows(*table, with(between(1, 2), "strict_min", true)), Rows{0});
  EXPECT_EQ(bad_rows(*table, with(between(1, 2), "strict_max", true)), Rows{2});
}

TEST(Between, NanIsAValueThatLiesNowhere) {
  std::shared_ptr<arrow::Table> table = one_column(arrow::float64(), "[NaN, Inf, -Inf, null, -0.0]");
  EXPECT_EQ(bad_rows(*table, with(make_check("between", {"x"}), "min", 0)), (Rows{0, 2}));
  EXPECT_EQ(bad_rows(*table, with(make_check("between", {"x"}), "max", 0)), (Rows{0, 1}));
  EXPECT_EQ(bad_rows(*table, make_check("between", {"x"})), Rows{});
}

TEST(Between, TimesInEveryUnit) {
  v1::Check day = with(between("2013-02-12", "2013-02-13T00:00Z"), "strict_max", true);
  const int64_t second = 1360627200;  // 2013-02-12T00:00:00Z
  auto rows = [&](const std::shared_ptr<arrow::DataType>& type, int64_t per_second) {
    arrow::Int64Builder builder;
    for (int64_t tick :
         {second * per_second - 1, second * per_second, (second + 86400) * per_second - 1, (second + 86400) * per_second}) {
      EXPECT_TRUE(builder.Append(tick).ok());
    }
    return table_of({{"x", std::make_shared<arrow::ChunkedArray>(builder.Finish().ValueOrDie()->View(type).ValueOrDie())}});
  };
  EXPECT_EQ(bad_rows(*rows(arrow::timestamp(arrow::TimeUnit::SECOND), 1), day), (Rows{0, 3}));
  EXPECT_EQ(bad_rows(*rows(arrow::timestamp(arrow::TimeUnit::MILLI), 1000), day), (Rows{0, 3}));
  EXPECT_EQ(bad_rows(*rows(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), 1000000), day), (Rows{0, 3}));
  EXPECT_EQ(bad_rows(*rows(arrow::timestamp(arrow::TimeUnit::NANO), 1000000000), day), (Rows{0, 3}));
  EXPECT_EQ(bad_rows(*one_column(arrow::date32(), "[15747, 15748, 15749]"), day), (Rows{0, 2}));
}

TEST(Between, NanosecondsAreFlooredToTheirMicrosecond) {
  std::shared_ptr<arrow::Table> table = one_column(arrow::timestamp(arrow::TimeUnit::NANO), "[999, 1000, 1999, 2000]");
  EXPECT_EQ(bad_rows(*table, between("1970-01-01T00:00:00.000001Z", "1970-01-01T00:00:00.000001Z")), (Rows{0, 3}));
}

TEST(Between, StringsBytewise) {
  EXPECT_EQ(bad_rows(*one_column(arrow::utf8(), R"(["", "a", "b", "ba", "é", null])"), between("a", "b")), (Rows{0, 3, 4}));
  EXPECT_EQ(bad_rows(*one_column(arrow::large_utf8(), R"(["a", "c"])"), between("a", "b")), Rows{1});
}

TEST(InSet, OneEqualsOnePointZero) {
  EXPECT_EQ(bad_rows(*one_column(arrow::int32(), "[1, 2, null]"), in_set("x", 1.0, 1.5)), Rows{1});
  EXPECT_EQ(bad_rows(*one_column(arrow::float64(), "[1, 1.5, 2, -0.0, NaN]"), in_set("x", 1, 0)), (Rows{1, 2, 4}));
  EXPECT_EQ(bad_rows(*one_column(arrow::uint8(), "[255, 1]"), in_set("x", -1, 257, 255)), Rows{1});
}

TEST(InSet, ManyMembersAreHashed) {
  EXPECT_EQ(bad_rows(*one_column(arrow::int64(), "[0, 5, 11, null, -1]"), in_set("x", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)),
            (Rows{2, 4}));
}

TEST(InSet, ANullInTheListMeansNothing) {
  v1::Check check = in_set("x", "a");
  (*check.mutable_params())["values"].mutable_list_value()->add_values();
  EXPECT_EQ(bad_rows(*one_column(arrow::utf8(), R"(["a", null, ""])"), check), Rows{2});
}

TEST(InSet, BooleansAndTimes) {
  EXPECT_EQ(bad_rows(*one_column(arrow::boolean(), "[true, false, null]"), in_set("x", true)), Rows{1});
  EXPECT_EQ(bad_rows(*one_column(arrow::timestamp(arrow::TimeUnit::SECOND), "[0, 3600, 9223372036854775807]"),
                     in_set("x", "1970-01-01T01:00Z")),
            (Rows{0, 2}));
  EXPECT_EQ(bad_rows(*one_column(arrow::date32(), "[0, 1]"), in_set("x", "1970-01-02")), Rows{0});
}

TEST(Unique, EveryMemberOfAGroupIsUnexpected) {
  EXPECT_EQ(bad_rows(*one_column(arrow::int64(), "[1, 2, 1, 3, 1, null, null]"), make_check("unique", {"x"})),
            (Rows{0, 2, 4}));
  EXPECT_EQ(bad_rows(*one_column(arrow::float64(), "[NaN, NaN, 0.0, -0.0, 1]"), make_check("unique", {"x"})),
            (Rows{0, 1, 2, 3}));
  EXPECT_EQ(bad_rows(*one_column(arrow::boolean(), "[true, false, true]"), make_check("unique", {"x"})), (Rows{0, 2}));
}

TEST(Unique, TuplesWithANullAreLeftOut) {
  std::shared_ptr<arrow::Table> table = table_of({{"a", json_column(arrow::utf8(), R"(["x", "x", "x", "x", "y", "x"])")},
                                                  {"b", json_column(arrow::int64(), "[1, 2, null, null, 1, 1]")}});
  CheckReport report = report_of(*table, {on_fail(make_check("unique", {"a", "b"}), "quarantine")});
  ASSERT_EQ(report.quarantined.size(), 2u);
  EXPECT_EQ(report.quarantined[0].row, 0);
  EXPECT_EQ(report.quarantined[1].row, 5);
  EXPECT_EQ(report.quarantined[0].column, "a, b");
  EXPECT_EQ(report.quarantined[0].value, "x, 1");
}

TEST(Unique, ColumnsAreNotGluedTogether) {
  std::shared_ptr<arrow::Table> table =
      table_of({{"a", json_column(arrow::utf8(), R"(["ab", "a"])")}, {"b", json_column(arrow::utf8(), R"(["c", "bc"])")}});
  EXPECT_EQ(bad_rows(*table, make_check("unique", {"a", "b"})), Rows{});
}

TEST(NotNull, NanIsAValue) {
  EXPECT_EQ(bad_rows(*one_column(arrow::float64(), "[NaN, null, 0]"), make_check("not_null", {"x"})), Rows{1});
}

TEST(NotNull, NullsInsideADictionaryCount) {
  std::shared_ptr<arrow::Array> indices = arrow::json::ArrayFromJSONString(arrow::int8(), "[0, 1, null, 0]").ValueOrDie();
  std::shared_ptr<arrow::Array> values = arrow::json::ArrayFromJSONString(arrow::utf8(), R"(["a", null])").ValueOrDie();
  std::shared_ptr<arrow::Array> column =
      arrow::DictionaryArray::FromArrays(arrow::dictionary(arrow::int8(), arrow::utf8()), indices, values).ValueOrDie();
  EXPECT_EQ(bad_rows(*table_of({{"x", std::make_shared<arrow::ChunkedArray>(column)}}), make_check("not_null", {"x"})),
            (Rows{1, 2}));
}

TEST(NotNull, RunEndsFailClosed) {
  std::shared_ptr<arrow::Array> ends = arrow::json::ArrayFromJSONString(arrow::int32(), "[1, 3]").ValueOrDie();
  std::shared_ptr<arrow::Array> values = arrow::json::ArrayFromJSONString(arrow::int64(), "[1, null]").ValueOrDie();
  std::shared_ptr<arrow::Array> column = arrow::RunEndEncodedArray::Make(3, ends, values).ValueOrDie();
  EXPECT_TRUE(
      report_of(*table_of({{"x", std::make_shared<arrow::ChunkedArray>(column)}}), {make_check("not_null", {"x"})}).blocked);
}

TEST(Regex, SearchesAnywhere) {
  v1::Check check = with(make_check("regex", {"x"}), "pattern", "[0-9]");
  EXPECT_EQ(bad_rows(*one_column(arrow::utf8(), R"(["a1b", "ab", "", null])"), check), (Rows{1, 2}));
  EXPECT_EQ(bad_rows(*one_column(arrow::utf8_view(), R"(["a long text that is not inlined 1", "ab"])"), check), Rows{1});
}

TEST(Regex, SearchesTheTextOfNumbers) {
  EXPECT_EQ(bad_rows(*one_column(arrow::int64(), "[12, 21, -12]"), with(make_check("regex", {"x"}), "pattern", "^1")),
            (Rows{1, 2}));
  EXPECT_EQ(bad_rows(*one_column(arrow::timestamp(arrow::TimeUnit::SECOND), "[0, 90]"),
                     with(make_check("regex", {"x"}), "pattern", ":00Z$")),
            Rows{1});
}

}  // namespace
}  // namespace gnomon
