// What a report says: success, mostly, block, quarantine, exceptions.
#include "quality_fixture.h"

namespace gnomon {
namespace {

std::shared_ptr<arrow::Table> weather() {
  return table_of({{"origin", json_column(arrow::utf8(), R"(["EWR", "EWR", "JFK", null, "LGA"])")},
                   {"wind_speed", json_column(arrow::float64(), "[12.7, 1048.36, null, 3.5, -1.0]")}});
}

v1::Check wind() { return with(with(make_check("between", {"wind_speed"}), "min", 0), "max", 120); }

TEST(RunChecks, ReportsTheRowTheCheckAndTheValue) {
  CheckReport report = report_of(*weather(), {on_fail(wind(), "quarantine")});
  ASSERT_EQ(report.results.size(), 1u);
  const CheckResult& result = report.results[0];
  EXPECT_EQ(result.check, "between(wind_speed, 0, 120)");
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.element_count, 5);
  EXPECT_EQ(result.unexpected_count, 2);
  ASSERT_EQ(report.quarantined.size(), 2u);
  EXPECT_EQ(report.quarantined[0].row, 1);
  EXPECT_EQ(report.quarantined[0].column, "wind_speed");
  EXPECT_EQ(report.quarantined[0].value, "1048.36");
  EXPECT_EQ(report.quarantined[1].value, "-1");
  EXPECT_FALSE(report.blocked);
}

TEST(RunChecks, BlocksByDefaultAndListsNothingForQuarantine) {
  CheckReport report = report_of(*weather(), {wind()});
  EXPECT_TRUE(report.blocked);
  EXPECT_TRUE(report.quarantined.empty());
  EXPECT_EQ(report.results[0].first_unexpected.size(), 2u);
}

TEST(RunChecks, PassOnlyReports) {
  CheckReport report = report_of(*weather(), {on_fail(wind(), "pass")});
  EXPECT_FALSE(report.blocked);
  EXPECT_TRUE(report.quarantined.empty());
  EXPECT_FALSE(report.results[0].success);
}

TEST(RunChecks, MostlyCountsOverNonNullValues) {
  // 2 of 4 non-null values are good.
  EXPECT_TRUE(report_of(*weather(), {with(wind(), "mostly", 0.5)}).results[0].success);
  EXPECT_FALSE(report_of(*weather(), {with(wind(), "mostly", 0.51)}).results[0].success);
  // For not_null all rows count: 4 of 5.
  v1::Check not_null = make_check("not_null", {"wind_speed"});
  EXPECT_TRUE(report_of(*weather(), {with(not_null, "mostly", 0.8)}).results[0].success);
  EXPECT_FALSE(report_of(*weather(), {with(not_null, "mostly", 0.81)}).results[0].success);
}

TEST(RunChecks, WhatMostlyToleratesIsNotQuarantined) {
  CheckReport report = report_of(*weather(), {on_fail(with(wind(), "mostly", 0.5), "quarantine")});
  EXPECT_TRUE(report.quarantined.empty());
  EXPECT_EQ(report.results[0].unexpected_count, 2);
}

TEST(RunChecks, SeveralColumnsAreOneCheckAndARowCountsOnce) {
  std::shared_ptr<arrow::Table> both = table_of(
      {{"a", json_column(arrow::int64(), "[1, null, null, 4]")}, {"b", json_column(arrow::int64(), "[1, null, 3, null]")}});
  CheckReport report = report_of(*both, {on_fail(make_check("not_null", {"a", "b"}), "quarantine")});
  ASSERT_EQ(report.quarantined.size(), 3u);
  EXPECT_EQ(report.results[0].unexpected_count, 3);
  EXPECT_EQ(report.quarantined[0].column, "a");
  EXPECT_EQ(report.quarantined[2].column, "b");
  EXPECT_EQ(report.quarantined[2].value, "null");
  // Each column must meet mostly by itself: both are half good.
  EXPECT_TRUE(report_of(*both, {with(make_check("not_null", {"a", "b"}), "mostly", 0.5)}).results[0].success);
}

TEST(RunChecks, ResultsKeepTheOrderOfChecksAndQuarantineTheOrderOfRows) {
  CheckReport report =
      report_of(*weather(), {on_fail(wind(), "quarantine"), on_fail(make_check("unique", {"origin"}), "quarantine")});
  ASSERT_EQ(report.quarantined.size(), 4u);
  EXPECT_EQ(report.results[1].check, "unique(origin)");
  EXPECT_EQ(report.quarantined[0].row, 0);
  EXPECT_EQ(report.quarantined[1].check, "between(wind_speed, 0, 120)");
  EXPECT_EQ(report.quarantined[2].check, "unique(origin)");
  EXPECT_EQ(report.quarantined[2].row, 1);
}

TEST(RunChecks, KeepsTheFirstTwenty) {
  std::string zeros = "[0";
  for (int i = 1; i < 50; ++i) zeros += ",0";
  std::shared_ptr<arrow::Table> table = table_of({{"x", json_column(arrow::int32(), zeros + "]")}});
  CheckReport report = report_of(*table, {on_fail(with(make_check("between", {"x"}), "min", 1), "quarantine")});
  EXPECT_EQ(report.results[0].first_unexpected.size(), static_cast<size_t>(kFirstUnexpected));
  EXPECT_EQ(report.results[0].unexpected_count, 50);
  EXPECT_EQ(report.quarantined.size(), 50u);
}

TEST(RunChecks, AnUnknownColumnFailsClosed) {
  for (const char* action : {"block", "quarantine", ""}) {
    CheckReport report = report_of(*weather(), {on_fail(make_check("not_null", {"wind_sped"}), action)});
    EXPECT_FALSE(report.results[0].success);
    EXPECT_TRUE(report.blocked) << action;
    EXPECT_NE(report.results[0].exception.find("unknown column \"wind_sped\""), std::string::npos)
        << report.results[0].exception;
    EXPECT_NE(report.results[0].exception.find("origin, wind_speed"), std::string::npos) << report.results[0].exception;
  }
  CheckReport report = report_of(*weather(), {on_fail(make_check("not_null", {"wind_sped"}), "pass")});
  EXPECT_FALSE(report.results[0].success);
  EXPECT_FALSE(report.blocked);
}

TEST(RunChecks, AnUnfitTypeFailsClosed) {
  std::shared_ptr<arrow::Table> table = table_of({{"text", json_column(arrow::utf8(), R"(["1"])")},
                                                  {"list", json_column(arrow::list(arrow::int64()), "[[1]]")},
                                                  {"flag", json_column(arrow::boolean(), "[true]")}});
  v1::Check regex_on_list = with(make_check("regex", {"list"}), "pattern", "1");
  for (const v1::Check& check :
       {with(make_check("between", {"text"}), "min", 0), with(make_check("between", {"flag"}), "min", 0), in_set("text", 1),
        in_set("flag", 1), make_check("unique", {"list"}), regex_on_list}) {
    CheckReport report = report_of(*table, {on_fail(check, "quarantine")});
    EXPECT_NE(report.results[0].exception.find("GN132"), std::string::npos)
        << check_label(check) << ": " << report.results[0].exception;
    EXPECT_TRUE(report.blocked) << check_label(check);
  }
}

TEST(RunChecks, ABoundThatIsNoTimeFailsClosed) {
  std::shared_ptr<arrow::Table> table = table_of({{"t", json_column(arrow::timestamp(arrow::TimeUnit::MICRO), "[0]")}});
  CheckReport report = report_of(*table, {with(make_check("between", {"t"}), "min", "yesterday")});
  EXPECT_NE(report.results[0].exception.find("yesterday"), std::string::npos) << report.results[0].exception;
  EXPECT_TRUE(report.blocked);
}

TEST(RunChecks, AColumnThatIsThereTwiceFailsClosed) {
  std::shared_ptr<arrow::ChunkedArray> column = json_column(arrow::int64(), "[1]");
  CheckReport report = report_of(*table_of({{"x", column}, {"x", column}}), {make_check("not_null", {"x"})});
  EXPECT_NE(report.results[0].exception.find("there 2 times"), std::string::npos) << report.results[0].exception;
}

TEST(RunChecks, EmptyAndAllNullColumnsSucceed) {
  for (const char* json : {"[]", "[null, null]"}) {
    for (const std::shared_ptr<arrow::DataType>& type : {arrow::float64(), arrow::null()}) {
      std::shared_ptr<arrow::Table> table = table_of({{"x", json_column(type, json)}});
      for (const v1::Check& check : {with(make_check("between", {"x"}), "min", 0), in_set("x", 1),
                                     make_check("unique", {"x"}), with(make_check("regex", {"x"}), "pattern", "a")}) {
        EXPECT_TRUE(report_of(*table, {check}).results[0].success)
            << check_label(check) << " " << json << " " << type->ToString();
      }
    }
  }
  EXPECT_FALSE(report_of(*table_of({{"x", json_column(arrow::null(), "[null]")}}), {make_check("not_null", {"x"})})
                   .results[0]
                   .success);
}

}  // namespace
}  // namespace gnomon
