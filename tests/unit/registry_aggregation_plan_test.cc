// What a plan says about changed aggregations, and whom they hurt.
#include <set>

#include <nlohmann/json.hpp>

#include "registry/aggregation_names.h"
#include "registry/merge.h"
#include "registry/plan.h"
#include "registry_fixture.h"

namespace gnomon {
namespace {

constexpr const char* kTraffic = R"(entities: [{name: origin}]
sources:
  - push: {name: departures, timestamp_field: dep_at}
feature_views:
  - name: traffic
    entities: [origin]
    source: departures
    aggregations:
      - {column: dep_delay, function: mean, window: 1h}
      - {column: "*", function: count, window: 5min, name: departed}
feature_services: [{name: delay_v1, features: [traffic]}]
)";
constexpr const char* kMean = "{column: dep_delay, function: mean, window: 1h}";
constexpr const char* kCount = "{column: \"*\", function: count, window: 5min, name: departed}";

class AggregationPlan : public RegistryTest {
 protected:
  // As the engine fills it in: one field a feature, and the columns that are read.
  static v1::Manifest resolved(v1::Manifest manifest, const std::string& dtype = "Float64") {
    for (v1::FeatureView& view : *manifest.mutable_feature_views()) {
      std::set<std::string> columns;
      for (const v1::Aggregation& aggregation : view.aggregations()) columns.insert(aggregation.column());
      for (const std::string& column : columns) {
        v1::Field* input = view.add_inputs();
        input->set_name(column);
        input->set_dtype("Float64");
      }
      for (const AggregatedFeature& feature : expand_aggregations(view)) {
        v1::Field* field = view.add_schema();
        field->set_name(feature.name);
        field->set_dtype(dtype);
      }
    }
    return manifest;
  }
  Plan plan(const v1::Manifest& before, const v1::Manifest& after) {
    Applied applied;
    applied.revision = 7;
    applied.manifest = normalized(before);
    for (const ObjectRef& object : objects_of(applied.manifest)) applied.latest_versions[object.key] = 3;
    return make_plan(applied, after);
  }
  Plan change(const std::string& from, const std::string& to) {
    v1::Manifest before = resolved(manifest_of(kTraffic));
    return plan(before, resolved(manifest_of(replaced(kTraffic, from, to))));
  }
  // The view's line and its details.
  std::string change_text(const std::string& from, const std::string& to) {
    std::string text = plan_to_text(change(from, to));
    return text.substr(0, text.find("    windows:"));
  }
};

TEST_F(AggregationPlan, AFirstPlanShowsTheWindows) {
  EXPECT_EQ(plan_to_text(make_plan(Applied(), resolved(manifest_of(kTraffic)))),
            "+ entity   origin      v1\n"
            "    used by: traffic, delay_v1\n"
            "+ source   departures  v1\n"
            "    used by: traffic, delay_v1\n"
            "+ view     traffic     v1\n"
            "    windows: mean(dep_delay) over 1h; count(*) over 5min\n"
            "    used by: delay_v1\n"
            "+ service  delay_v1    v1\n"
            "Plan: 4 to add, 0 to change, 0 to remove.\n");
}

TEST_F(AggregationPlan, AChangedWindowReadsLikeTheDesign) {
  EXPECT_EQ(plan_to_text(change("window: 1h", "window: 2h")),
            "~ view  traffic  v3 -> v4   BREAKING (window 1h -> 2h)\n"
            "    aggregations[0].window: 1h -> 2h\n"
            "    windows: mean(dep_delay) over 2h; count(*) over 5min\n"
            "    used by: delay_v1\n"
            "Plan: 0 to add, 1 to change, 0 to remove.\n");
  EXPECT_EQ(change_text("window: 5min", "window: 10min"),
            "~ view  traffic  v3 -> v4   BREAKING (window 5min -> 10min)\n"
            "    aggregations[1].window: 5min -> 10min\n")
      << "the same under a name of its own";
}

TEST_F(AggregationPlan, WhatIsAddedBreaksNothing) {
  EXPECT_EQ(change_text("window: 1h", "window: [1h, 7d]"),
            "~ view  traffic  v3 -> v4\n"
            "    aggregations[0].window: 1h -> [1h, 7d]\n");
  EXPECT_EQ(change_text(kCount, std::string(kCount) +
                                    "\n      - {column: dep_delay, function: max, window: 1h, where: dep_delay > 0}"),
            "~ view  traffic  v3 -> v4\n"
            "    aggregations[2]: added max(dep_delay) over 1h where dep_delay > 0\n");
  EXPECT_EQ(change_text(kMean, std::string("{column: x, function: min, window: 1h}\n      - ") + kMean),
            "~ view  traffic  v3 -> v4\n"
            "    aggregations[0]: added min(x) over 1h\n")
      << "in front, too: aggregated features are no rows that are ordered by their content";
}

TEST_F(AggregationPlan, WhatIsRemovedIsLost) {
  EXPECT_EQ(change_text(std::string("      - ") + kCount + "\n", ""),
            "~ view  traffic  v3 -> v4   DESTRUCTIVE (removes departed)\n"
            "    aggregations[1]: removed count(*) over 5min name=departed\n");
  std::string three = replaced(kTraffic, "window: 1h", "window: [1h, 2h, 7d]");
  v1::Manifest before = resolved(manifest_of(three));
  Plan fewer = plan(before, resolved(manifest_of(kTraffic)));
  EXPECT_EQ(fewer.changes[0].impact, Impact::kDestructive);
  EXPECT_EQ(fewer.changes[0].impact_reason, "removes dep_delay_mean_2h, dep_delay_mean_7d");
  Plan first = plan(before, resolved(manifest_of(replaced(kTraffic, "window: 1h", "window: [2h, 7d]"))));
  EXPECT_EQ(first.changes[0].impact, Impact::kDestructive) << "nothing took the place of the first window";
  EXPECT_EQ(first.changes[0].impact_reason, "removes dep_delay_mean_1h");
  EXPECT_EQ(change("function: mean", "function: max").changes[0].impact_reason, "removes dep_delay_mean_1h")
      << "another function is another feature";
}

TEST_F(AggregationPlan, WhatMeansSomethingElseBreaks) {
  struct Case {
    const char *from, *to, *reason;
  };
  for (const Case& c :
       {Case{"column: \"*\", function: count", "column: x, function: sum", "column * -> x"},
        Case{"window: 5min, name", "window: 5min, where: x > 0, name", "where (none) -> x > 0"},
        Case{"window: 5min, name", "window: 5min, offset: 1h, name", "offset 0 -> 1h"},
        Case{"window: 5min, name", "window: 5min, resolution: 1h, name", "resolution exact -> 1h"},
        Case{"window: 5min, name", "window: 5min, sawtooth: 1min, name", "sawtooth exact -> 1min"},
        Case{"window: 5min, name", "window: 5min, default: 1, name", "default (none) -> 1"},
        Case{"window: 5min, name", "window: 5min, p: 0.5, name", "p (none) -> 0.5"},
        Case{"window: 5min, name", "window: 5min, n: 2, name", "n (none) -> 2"},
        Case{"window: 5min, name", "window: 5min, max_distinct: 2, name", "max_distinct no limit -> 2"},
        Case{"window: 5min, name", "window: 5min, include_request: true, name", "include_request false -> true"},
        Case{"    aggregations:", "    where: x > 0\n    aggregations:", "where (none) -> x > 0"}}) {
    Plan changed = change(c.from, c.to);
    ASSERT_EQ(changed.changes.size(), 1u) << c.to;
    EXPECT_EQ(changed.changes[0].impact, Impact::kBreaking) << c.to;
    EXPECT_EQ(changed.changes[0].impact_reason, c.reason);
  }
}

TEST_F(AggregationPlan, WhatMeansTheSameBreaksNothing) {
  Plan spelled = change("window: 5min", "window: 300s");
  EXPECT_EQ(spelled.changes[0].impact, Impact::kNone);
  EXPECT_EQ(spelled.changes[0].details, std::vector<std::string>{"aggregations[1].window: 5min -> 300s"});
  Plan swapped = change(std::string(kMean) + "\n      - " + kCount, std::string(kCount) + "\n      - " + kMean);
  EXPECT_EQ(swapped.changes[0].impact, Impact::kNone) << plan_to_text(swapped);
  Plan lateness = change("    aggregations:", "    allowed_lateness: 2h\n    aggregations:");
  EXPECT_EQ(lateness.changes[0].impact, Impact::kNone);
  EXPECT_EQ(lateness.changes[0].details, std::vector<std::string>{"allowed_lateness: 1d -> 2h"});
  Plan none = change("    aggregations:", "    allowed_lateness: \"0\"\n    aggregations:");
  EXPECT_EQ(none.changes[0].details, std::vector<std::string>{"allowed_lateness: 1d -> 0"});
  EXPECT_TRUE(change("    aggregations:", "    # moved down\n    aggregations:").changes.empty());
  v1::Manifest before = resolved(manifest_of(kTraffic)), after = before;
  after.mutable_feature_views(0)->set_allowed_lateness_us(kDefaultAllowedLatenessUs);
  EXPECT_TRUE(plan(before, after).changes.empty()) << "saying the default changes nothing";
}

TEST_F(AggregationPlan, AnotherTypeBreaks) {
  v1::Manifest manifest = manifest_of(kTraffic);
  Plan changed = plan(resolved(manifest, "Int64"), resolved(manifest, "Float64"));
  EXPECT_EQ(changed.changes[0].impact, Impact::kBreaking);
  EXPECT_EQ(changed.changes[0].details,
            (std::vector<std::string>{"schema.dep_delay_mean_1h: Int64 -> Float64", "schema.departed: Int64 -> Float64"}));
}

TEST_F(AggregationPlan, AnotherTypeOfAColumnIsShown) {
  v1::Manifest before = resolved(manifest_of(kTraffic)), after = before;
  after.mutable_feature_views(0)->mutable_inputs(1)->set_dtype("Float32");
  Plan changed = plan(before, after);
  EXPECT_EQ(changed.changes[0].details, std::vector<std::string>{"inputs.dep_delay: Float64 -> Float32"});
  EXPECT_EQ(changed.changes[0].impact, Impact::kNone) << "the features' types are as they were";
}

TEST_F(AggregationPlan, RowsThatBecomeAggregations) {
  v1::Manifest aggregated = resolved(manifest_of(kTraffic)), plain = aggregated;
  plain.mutable_feature_views(0)->clear_aggregations();
  EXPECT_EQ(plan(plain, aggregated).changes[0].impact_reason, "rows as they are -> aggregations");
  EXPECT_EQ(plan(aggregated, plain).changes[0].impact_reason, "aggregations -> rows as they are");
  plain.mutable_feature_views(0)->add_schema()->set_name("dep_time");
  EXPECT_EQ(plan(plain, aggregated).changes[0].impact_reason, "removes dep_time");
}

TEST_F(AggregationPlan, EventsThatWouldCountTwice) {
  std::string both = replaced(
      kTraffic, "- push: {name: departures, timestamp_field: dep_at}",
      "- file: {name: history, path: a.csv, timestamp_field: dep_at}\n  - push: {name: departures, batch_source: history}");
  Plan first = make_plan(Applied(), resolved(manifest_of(both)));
  ASSERT_EQ(first.warnings.size(), 1u);
  EXPECT_TRUE(first.warnings[0].starts_with(
      "view traffic counts an event of source departures twice if it is pushed and later also in history"))
      << first.warnings[0];
  EXPECT_TRUE(make_plan(Applied(), resolved(manifest_of(kTraffic))).warnings.empty()) << "no history, nothing counts twice";
  EXPECT_TRUE(make_plan(Applied(), resolved(manifest_of(
                                       replaced(both, "batch_source: history", "batch_source: history, event_id: id"))))
                  .warnings.empty());
}

TEST_F(AggregationPlan, JsonHasTheWindowsAndWhatTheEngineAdds) {
  Plan changed = change("window: 1h", "window: 2h");
  changed.changes[0].sections.push_back({"state", "about 1.5 kB an entity", "{\"bytes_per_entity\":1500}"});
  nlohmann::json sections = nlohmann::json::parse(plan_to_json(changed))["changes"][0]["sections"];
  EXPECT_EQ(sections["windows"],
            nlohmann::json::parse(R"([{"column":"dep_delay","feature":"dep_delay_mean_2h","function":"mean","window":"2h"},
                                      {"column":"*","feature":"departed","function":"count","window":"5min"}])"));
  EXPECT_EQ(sections["state"], nlohmann::json({{"bytes_per_entity", 1500}}));
  EXPECT_NE(plan_to_text(changed).find(
                "    windows: mean(dep_delay) over 2h; count(*) over 5min\n    state: about 1.5 kB an entity\n"),
            std::string::npos)
      << plan_to_text(changed);
}

}  // namespace
}  // namespace gnomon
