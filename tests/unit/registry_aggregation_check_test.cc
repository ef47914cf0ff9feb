// Every rule for aggregations, each with a definition that breaks it.
#include <arrow/api.h>
#include <fmt/format.h>

#include "registry/aggregated_fields.h"
#include "registry_fixture.h"

namespace gnomon {
namespace {

class AggregationCheck : public RegistryTest {
 protected:
  // A view over a source with declared columns, its aggregations in line 8 and on.
  static std::string project(const std::string& aggregations, const std::string& view_keys = "",
                             const std::string& source_keys = "") {
    return fmt::format(R"(entities: [{{name: user, join_keys: [user_id]}}]
sources:
  - file: {{name: payments, path: a.parquet, timestamp_field: ts, {}
           schema: [{{name: user_id, dtype: Int64}}, {{name: ts, dtype: UnixTimestamp}}, {{name: amount, dtype: Float64}}, {{name: cents, dtype: Int32}}, {{name: shop, dtype: String}}]}}
feature_views:
  - {{name: v, entities: [user], source: payments, {}
     aggregations: [
{}]}}
)",
                       source_keys, view_keys, aggregations);
  }
  static std::string undeclared(const std::string& aggregations) {
    return replaced(
        project(aggregations),
        "timestamp_field: ts, \n           schema: [{name: user_id, dtype: Int64}, {name: ts, dtype: UnixTimestamp}, {name: "
        "amount, dtype: Float64}, {name: cents, dtype: Int32}, {name: shop, dtype: String}]}",
        "timestamp_field: ts}\n");
  }
  static std::string of(const std::string& keys) { return "{column: amount, function: sum, " + keys + "}"; }

  std::string problems_of(const v1::Manifest& manifest) {
    std::string text;
    for (const Status& problem : check_manifest(manifest)) text += problem.to_string() + "\n";
    return text;
  }
  std::string problems_of(const std::string& yaml) { return problems_of(manifest_of(yaml)); }

  void expect_problem(const std::string& yaml, const std::string& start, const std::string& hint = "") {
    std::vector<Status> problems = check_manifest(manifest_of(yaml));
    ASSERT_EQ(problems.size(), 1u) << problems_of(yaml) << yaml;
    std::string text = problems[0].to_string();
    EXPECT_TRUE(text.starts_with(start)) << text << "\n  expected to start with\n" << start;
    EXPECT_NE(text.find(hint), std::string::npos) << text;
  }
};

TEST_F(AggregationCheck, SoundAggregationsHaveNoProblems) {
  std::string all =
      "{column: amount, function: mean, window: [1d, 30d]},\n{column: \"*\", function: count, window: 5min, default: 0},\n"
      "{column: shop, function: count_distinct, window: 7d, max_distinct: 9, where: amount > 0},\n"
      "{column: cents, function: sum, window: 1h, default: 0, offset: 1d, resolution: 1h},\n"
      "{column: amount, function: max, window: 1h, default: 0, offset: 1d, sawtooth: 10min},\n"
      "{column: amount, function: min, window: [{calendar: month, tz: Europe/Berlin}, {calendar: hour}], resolution: 1d},\n"
      "{column: amount, function: sum, window: [lifetime, {last: 5}, 1d], include_request: true},\n"
      "{column: amount, function: std, window: lifetime, offset: 1d},\n"
      "{column: user_id, function: max, window: 1d}, {column: ts, function: max, window: 1d, default: 2024-01-01}";
  EXPECT_EQ(problems_of(project(all, "where: amount > 0 and shop != 'x', allowed_lateness: 2h,")), "");
  EXPECT_EQ(problems_of(undeclared(all)), "") << "columns that nobody declared are looked up when the source is read";
}

TEST_F(AggregationCheck, Columns) {
  expect_problem(project("{column: amuont, function: sum, window: 1d}"),
                 "GN101 features/all.yaml:8  unknown column \"amuont\" in source payments (sum(amuont) of view v)",
                 "Did you mean \"amount\"?");
  expect_problem(project("{column: cents, function: sum, window: 1d}", "", "field_mapping: {cents: pennies},"),
                 "GN101 features/all.yaml:8  unknown column \"cents\" in source payments", "");
  EXPECT_EQ(problems_of(project("{column: pennies, function: sum, window: 1d}", "", "field_mapping: {cents: pennies},")),
            "");
  expect_problem(project("{function: sum, window: 1d, name: x}"),
                 "GN108 features/all.yaml:8  an aggregation of view v has no column", "\"*\"");
  expect_problem(undeclared("{function: sum, window: 1d, name: x}"),
                 "GN108 features/all.yaml:8  an aggregation of view v has no column");
}

TEST_F(AggregationCheck, FunctionsAndTheirParameters) {
  for (bool declared : {true, false}) {
    auto text = [&](const std::string& aggregation) { return declared ? project(aggregation) : undeclared(aggregation); };
    expect_problem(text("{column: amount, function: summ, window: 1d}"),
                   "GN150 features/all.yaml:8  unknown aggregation function \"summ\"", "Did you mean \"sum\"?");
    expect_problem(text("{column: amount, function: sum, n: 3, window: 1d}"), "GN151 features/all.yaml:8");
    expect_problem(text("{column: amount, function: last_n, window: 1d}"), "GN151 features/all.yaml:8");
    expect_problem(text("{column: amount, function: approx_percentile, window: 1d}"), "GN151 features/all.yaml:8");
    expect_problem(text("{column: \"*\", function: sum, window: 1d}"), "GN152 features/all.yaml:8");
  }
  expect_problem(project("{column: shop, function: sum, window: 1d}"), "GN152 features/all.yaml:8");
  EXPECT_EQ(problems_of(undeclared("{column: shop, function: sum, window: 1d}")), "") << "its type is not known yet";
}

TEST_F(AggregationCheck, AManifestFromElsewhereIsJudgedToo) {
  v1::Manifest manifest = manifest_of(project("{column: amount, function: approx_percentile, p: 0.5, window: 1d}"));
  v1::Aggregation* aggregation = manifest.mutable_feature_views(0)->mutable_aggregations(0);
  aggregation->set_p(1.5);
  EXPECT_NE(problems_of(manifest).find("GN151 features/all.yaml:8"), std::string::npos) << problems_of(manifest);
  aggregation->set_p(0.5);
  aggregation->clear_origin();
  aggregation->clear_windows();
  EXPECT_NE(
      problems_of(manifest).find("GN108 features/all.yaml:6  approx_percentile(amount, p=0.5) of view v has no window"),
      std::string::npos)
      << "the view's place stands in: " << problems_of(manifest);
  aggregation->add_windows();
  EXPECT_NE(problems_of(manifest).find(
                "GN108 features/all.yaml:6  a window of approx_percentile(amount, p=0.5) of view v is empty"),
            std::string::npos)
      << problems_of(manifest);
}

TEST_F(AggregationCheck, WindowsReachBack) {
  expect_problem(project(of("window: 0s")),
                 "GN109 features/all.yaml:8  a window of sum(amount) of view v is not positive: 0", "at least 1us");
  v1::Manifest manifest = manifest_of(project(of("window: [1h, {last: 2}], name: x")));
  v1::Aggregation* aggregation = manifest.mutable_feature_views(0)->mutable_aggregations(0);
  aggregation->mutable_windows(0)->set_duration_us(-3'600'000'000);
  aggregation->mutable_windows(1)->set_last_n(-1);
  std::string problems = problems_of(manifest);
  EXPECT_NE(problems.find("a window of sum(amount) of view v is not positive: -1h"), std::string::npos) << problems;
  EXPECT_NE(problems.find("a window of sum(amount) of view v holds the last -1 events"), std::string::npos) << problems;
}

TEST_F(AggregationCheck, Calendars) {
  expect_problem(project(of("window: {calendar: mnth}, name: x")),
                 "GN109 features/all.yaml:8  unknown calendar unit \"mnth\" of sum(amount) of view v",
                 "Did you mean \"month\"?");
  expect_problem(project(of("window: {calendar: day, tz: Europe/Berlim}")),
                 "GN109 features/all.yaml:8  unknown time zone \"Europe/Berlim\" of sum(amount) of view v", "IANA");
}

TEST_F(AggregationCheck, WhatIsAskedOfAWindowHasToMeanSomething) {
  expect_problem(project(of("window: {calendar: day}, offset: 1h")),
                 "GN109 features/all.yaml:8  offset of sum(amount) of view v with a calendar window");
  expect_problem(project(of("window: {calendar: day}, sawtooth: 1h")),
                 "GN109 features/all.yaml:8  sawtooth of sum(amount) of view v with a calendar window");
  expect_problem(project(of("window: {last: 5}, offset: 1h")),
                 "GN109 features/all.yaml:8  offset of sum(amount) of view v with last(n)");
  expect_problem(project(of("window: {last: 5}, sawtooth: 1h")),
                 "GN109 features/all.yaml:8  sawtooth of sum(amount) of view v with last(n)");
  expect_problem(project(of("window: lifetime, sawtooth: 1h")),
                 "GN109 features/all.yaml:8  sawtooth of sum(amount) of view v with a lifetime window",
                 "Leave sawtooth out");
  expect_problem(
      project(of("window: 1d, include_request: true, offset: 1h")),
      "GN109 features/all.yaml:8  include_request of sum(amount) of view v with offset: the window ends before the request");
  expect_problem(project(of("window: 1d, include_request: true, resolution: 1h")),
                 "GN109 features/all.yaml:8  include_request of sum(amount) of view v with resolution");
}

TEST_F(AggregationCheck, DurationsAreNotNegative) {
  v1::Manifest manifest = manifest_of(project(of("window: 1d")));
  v1::FeatureView* view = manifest.mutable_feature_views(0);
  view->mutable_aggregations(0)->set_offset_us(-1);
  view->mutable_aggregations(0)->set_resolution_us(-1);
  view->mutable_aggregations(0)->set_sawtooth_us(-1);
  view->set_allowed_lateness_us(-1);
  EXPECT_EQ(
      problems_of(manifest),
      "GN109 features/all.yaml:6  allowed_lateness of view v is negative: -1us. Use 0 or a positive duration\n"
      "GN109 features/all.yaml:8  offset of sum(amount) of view v is negative: -1us. Use 0 or a positive duration\n"
      "GN109 features/all.yaml:8  resolution of sum(amount) of view v is negative: -1us. Use 0 or a positive duration\n"
      "GN109 features/all.yaml:8  sawtooth of sum(amount) of view v is negative: -1us. Use 0 or a positive duration\n");
}

TEST_F(AggregationCheck, Conditions) {
  expect_problem(project(of("window: 1d"), "where: amount >,"), "GN164 features/all.yaml:6  where of view v: ");
  expect_problem(project(of("window: 1d, where: amount >")), "GN164 features/all.yaml:8  where of sum(amount) of view v: ");
  Status problem = check_manifest(manifest_of(project(of("window: 1d, where: amount > > 1"))))[0];
  EXPECT_NE(problem.info().message.find('^'), std::string::npos) << "the place is shown: " << problem.info().message;
}

TEST_F(AggregationCheck, Names) {
  expect_problem(
      project(
          "{column: amount, function: sum, window: 1d, where: amount > 0},\n{column: amount, function: sum, window: 1d}"),
      "GN106 features/all.yaml:9  two features named \"amount_sum_1d\" in view v: sum(amount) over 1d where amount > 0 at "
      "features/all.yaml:8 and sum(amount) over 1d at features/all.yaml:9",
      "name=");
  expect_problem(project("{column: amount, function: approx_percentile, p: 0.5, window: 1d},\n"
                         "{column: amount, function: approx_percentile, p: 0.9, window: 1d}"),
                 "GN106 features/all.yaml:9  two features named \"amount_approx_percentile_1d\"", "name=");
  EXPECT_EQ(problems_of(project("{column: amount, function: approx_percentile, p: 0.5, window: 1d},\n"
                                "{column: amount, function: approx_percentile, p: 0.9, window: 1d, name: p90}")),
            "");
  expect_problem(project(of("window: [{calendar: day}, {calendar: day, tz: Europe/Berlin}]")),
                 "GN106 features/all.yaml:8  two features named \"amount_sum_day\"", "name=");
  expect_problem(project(of("window: 1d, name: user_id")),
                 "GN106 features/all.yaml:8  feature \"user_id\" of view v is named like its join key");
  expect_problem(project(of("window: 1d, name: ts")),
                 "GN106 features/all.yaml:8  feature \"ts\" of view v is named like its time column");
  expect_problem(project(of("window: 1d, name: a-b")),
                 "GN104 features/all.yaml:8  bad name for feature sum(amount) over 1d name=a-b of view v");
  expect_problem(project(of("window: 1d, name: " + std::string(64, 'a'))), "GN104 features/all.yaml:8");
}

TEST_F(AggregationCheck, EqualWindowsAreOneWindow) {
  expect_problem(
      project("{column: amount, function: sum, window: 60s},\n{column: amount, function: sum, window: [1min, 2min]}"),
      "GN106 features/all.yaml:9  \"amount_sum_60s\" and \"amount_sum_1min\" of view v are the same feature", "Remove one");
  EXPECT_EQ(
      problems_of(project(
          "{column: amount, function: sum, window: 60s},\n{column: amount, function: sum, window: 1min, name: again}")),
      "")
      << "a second name for the same value is meant";
  EXPECT_EQ(
      problems_of(project("{column: amount, function: sum, window: 60s},\n{column: amount, function: mean, window: 1min}")),
      "");
}

TEST_F(AggregationCheck, Defaults) {
  expect_problem(project(of("window: 1d, default: none")),
                 "GN109 features/all.yaml:8  default of sum(amount) of view v is \"none\", which is no Float64");
  expect_problem(project("{column: cents, function: max, window: 1d, default: 3000000000}"),
                 "GN109 features/all.yaml:8  default of max(cents) of view v is 3000000000, which is no Int32");
  expect_problem(project("{column: cents, function: sum, window: 1d, default: 0.5}"),
                 "GN109 features/all.yaml:8  default of sum(cents) of view v is 0.5, which is no Int64");
  expect_problem(project("{column: ts, function: max, window: 1d, default: yesterday}"),
                 "GN109 features/all.yaml:8  default of max(ts)");
  expect_problem(project("{column: shop, function: last_n, n: 2, window: 1d, default: none}"),
                 "GN109 features/all.yaml:8  default of last_n(shop, n=2)");
  expect_problem(project("{column: shop, function: last_n, n: 2, window: 1d, default: [none, 1]}"),
                 "GN109 features/all.yaml:8  default of last_n(shop, n=2)");
  EXPECT_EQ(problems_of(project("{column: shop, function: last_n, n: 2, window: 1d, default: [none]}")), "");
  for (const std::string& text : {project("{column: \"*\", function: count, window: 1d, default: -1}"),
                                  undeclared("{column: shop, function: count_distinct, window: 1d, default: -1}")})
    expect_problem(text, "GN109 features/all.yaml:8  default of count", "Leave the default out");
  EXPECT_EQ(problems_of(undeclared(of("window: 1d, default: none"))), "") << "the result's type is not known yet";
}

TEST_F(AggregationCheck, WhatStandsBesideAggregations) {
  std::string sum = of("window: 1d");
  expect_problem(project(sum, "ttl: 1d,"), "GN109 features/all.yaml:6  view v has ttl and aggregations", "window");
  expect_problem(project(sum, "schema: [{name: amount}],"), "GN109 features/all.yaml:6  view v has schema and aggregations");
  for (const char* keys : {"sql: select 1,", "expect: [{not_null: {column: amount}}],"}) {
    std::vector<Status> problems = check_manifest(manifest_of(project(sum, keys)));
    ASSERT_EQ(problems.size(), 1u) << problems_of(project(sum, keys));
    EXPECT_EQ(problems[0].code(), Code::kUnimplemented);
    EXPECT_NE(problems[0].info().message.find("beside aggregations of view v is not supported yet"), std::string::npos);
  }
  v1::Manifest manifest = manifest_of(project(sum));
  manifest.mutable_feature_views(0)->mutable_python()->set_function("a.py:f");
  manifest.mutable_feature_views(0)->mutable_python()->set_mode("pandas");
  EXPECT_EQ(check_manifest(manifest)[0].code(), Code::kUnimplemented) << problems_of(manifest);
}

TEST_F(AggregationCheck, OneSource) {
  std::string two =
      replaced(project(of("window: 1d"), "timestamp_field: ts,"), "source: payments", "sources: [payments, more]");
  two = replaced(two, "feature_views:", "  - file: {name: more, path: b.parquet, timestamp_field: ts}\nfeature_views:");
  expect_problem(two, "GN108 features/all.yaml:7  view v has 2 sources and nothing that joins them");
}

TEST_F(AggregationCheck, WithoutAggregationsThereIsNothingToFilter) {
  std::string plain =
      replaced(project(of("window: 1d")), "aggregations: [\n" + of("window: 1d") + "]}", "description: plain}");
  EXPECT_EQ(problems_of(plain), "");
  expect_problem(replaced(plain, "description: plain", "where: amount > 0"),
                 "GN108 features/all.yaml:6  view v has where but no aggregations");
  expect_problem(replaced(plain, "description: plain", "allowed_lateness: 2d"),
                 "GN108 features/all.yaml:6  view v has allowed_lateness but no aggregations");
  EXPECT_EQ(problems_of(replaced(plain, "description: plain", "allowed_lateness: 1d")), "") << "the default says nothing";
}

TEST_F(AggregationCheck, AnAppliedViewCarriesItsSchema) {
  v1::Manifest manifest = manifest_of(project(of("window: [1d, 2d]")));
  v1::FeatureView* view = manifest.mutable_feature_views(0);
  view->add_join_keys()->set_name("user_id");
  for (const char* name : {"amount_sum_1d", "amount_sum_2d"}) view->add_schema()->set_name(name);
  EXPECT_EQ(problems_of(manifest), "");
}

TEST_F(AggregationCheck, FieldsOfKnownColumns) {
  v1::Manifest manifest =
      manifest_of(undeclared("{column: cents, function: sum, window: [1h, 2h]}, {column: shop, function: mode, window: 1h},"
                             "{column: \"*\", function: count, window: 1h}, {column: open, function: max, window: 1h}"));
  Problems problems;
  ColumnTypes columns = {
      {"cents", arrow::int8()}, {"shop", arrow::dictionary(arrow::int32(), arrow::utf8())}, {"open", nullptr}};
  std::string text;
  for (const v1::Field& field : aggregated_fields(manifest.feature_views(0), "source payments", columns, &problems))
    text += field.name() + ":" + field.dtype() + " ";
  EXPECT_EQ(text, "cents_sum_1h:Int64 cents_sum_2h:Int64 shop_mode_1h:String count_1h:Int64 open_max_1h: ");
  EXPECT_TRUE(problems.take().empty());
  columns = {{"cents", arrow::struct_({})}, {"shop", arrow::utf8()}};
  std::vector<v1::Field> fields = aggregated_fields(manifest.feature_views(0), "source payments", columns, &problems);
  ASSERT_EQ(fields.size(), 2u) << "a feature with a problem has no field";
  EXPECT_EQ(fields[0].name(), "shop_mode_1h");
  std::vector<Status> found = problems.take();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].info().id, "GN111");
  EXPECT_EQ(found[1].info().id, "GN101");
}

}  // namespace
}  // namespace gnomon
