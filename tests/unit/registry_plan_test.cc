#include "registry/plan.h"

#include <nlohmann/json.hpp>

#include "registry/merge.h"
#include "registry_fixture.h"

namespace gnomon {
namespace {

class PlanTest : public RegistryTest {
 protected:
  // As if `before` had been applied as revision 7, every object in version 3.
  Plan plan(const v1::Manifest& before, const v1::Manifest& after) {
    applied_.revision = 7;
    applied_.manifest = normalized(before);
    for (const ObjectRef& object : objects_of(applied_.manifest)) applied_.latest_versions[object.key] = 3;
    return make_plan(applied_, after);
  }
  Plan plan_of(const std::string& before, const std::string& after) {
    v1::Manifest old_manifest = manifest_of(before);
    return plan(old_manifest, manifest_of(after));
  }
  // The one change between the weather project and itself with `from` written as `to`; its text without the last line.
  std::string change_text(const std::string& from, const std::string& to) {
    std::string text = plan_to_text(plan_of(kWeatherYaml, replaced(kWeatherYaml, from, to)));
    return text.substr(0, text.rfind("Plan:"));
  }
  Applied applied_;
};

TEST_F(PlanTest, FirstApplyAddsEverything) {
  Plan first = make_plan(Applied(), manifest_of(kWeatherYaml));
  EXPECT_EQ(plan_to_text(first),
            "+ entity   origin       v1\n"
            "    used by: weather_now, delay_v1\n"
            "+ source   weather      v1\n"
            "    used by: weather_now, delay_v1\n"
            "+ view     weather_now  v1\n"
            "    used by: delay_v1\n"
            "+ service  delay_v1     v1\n"
            "Plan: 4 to add, 0 to change, 0 to remove.\n");
  EXPECT_FALSE(first.destructive());
}

TEST_F(PlanTest, NothingToDo) {
  Plan none = plan_of(kWeatherYaml, std::string("# moved down by a comment\n\n") + kWeatherYaml);
  EXPECT_TRUE(none.changes.empty()) << "where a thing is defined is not its meaning: " << plan_to_text(none);
  EXPECT_EQ(plan_to_text(none), "No changes: the project is applied (revision 7).\n");
}

TEST_F(PlanTest, ChangedTtlReadsLikeTheDesign) {
  EXPECT_EQ(change_text("ttl: 1h", "ttl: 2h"),
            "~ view  weather_now  v3 -> v4   BREAKING (ttl 1h -> 2h)\n"
            "    ttl: 1h -> 2h\n"
            "    used by: delay_v1\n");
  EXPECT_EQ(change_text("    ttl: 1h\n", ""),
            "~ view  weather_now  v3 -> v4   BREAKING (ttl 1h -> no limit)\n"
            "    ttl: 1h -> no limit\n"
            "    used by: delay_v1\n");
}

TEST_F(PlanTest, SchemaChanges) {
  EXPECT_EQ(change_text("dtype: Float32", "dtype: Float64"),
            "~ view  weather_now  v3 -> v4   BREAKING (schema.temp Float32 -> Float64)\n"
            "    schema.temp: Float32 -> Float64\n"
            "    used by: delay_v1\n");
  EXPECT_EQ(change_text("dtype: Float64}]", "dtype: Float64}, {name: gust, dtype: Float64}]"),
            "~ view  weather_now  v3 -> v4\n"
            "    schema.gust: added (Float64)\n"
            "    used by: delay_v1\n")
      << "a feature added at the end changes none of the older ones";
  EXPECT_EQ(change_text("[{name: temp", "[{name: gust, dtype: Float64}, {name: temp"),
            "~ view  weather_now  v3 -> v4   BREAKING (schema.gust added (Float64))\n"
            "    schema.gust: added (Float64)\n"
            "    used by: delay_v1\n")
      << "a feature added in front decides ties before the older ones";
  EXPECT_EQ(change_text("{name: temp, dtype: Float32}, ", ""),
            "~ view  weather_now  v3 -> v4   DESTRUCTIVE (removes temp)\n"
            "    schema.temp: removed (Float32)\n"
            "    used by: delay_v1\n");
  EXPECT_EQ(change_text("[{name: temp, dtype: Float32}, {name: wind_speed, dtype: Float64}]",
                        "[{name: wind_speed, dtype: Float64}, {name: temp, dtype: Float32}]"),
            "~ view  weather_now  v3 -> v4   BREAKING (schema order temp, wind_speed -> wind_speed, temp)\n"
            "    schema: order temp, wind_speed -> wind_speed, temp\n"
            "    used by: delay_v1\n");
}

TEST_F(PlanTest, AViewChangesWithWhatItReads) {
  EXPECT_EQ(change_text("max: 100", "max: 120"),
            "~ source  weather      v3 -> v4\n"
            "    expect[1].max: 100 -> 120\n"
            "    used by: weather_now, delay_v1\n"
            "~ view    weather_now  v3 -> v4\n"
            "    source weather: v3 -> v4\n"
            "    used by: delay_v1\n");
  EXPECT_EQ(change_text("path: data/weather.parquet", "path: data/w.parquet"),
            "~ source  weather      v3 -> v4   BREAKING (file.path data/weather.parquet -> data/w.parquet)\n"
            "    file.path: data/weather.parquet -> data/w.parquet\n"
            "    used by: weather_now, delay_v1\n"
            "~ view    weather_now  v3 -> v4   BREAKING (source weather: file.path data/weather.parquet -> data/w.parquet)\n"
            "    source weather: v3 -> v4\n"
            "    used by: delay_v1\n");
  EXPECT_EQ(change_text("{name: origin}", "{name: origin, join_keys: [faa]}"),
            "~ entity  origin       v3 -> v4   BREAKING (join_keys [origin] -> [faa])\n"
            "    join_keys: [origin] -> [faa]\n"
            "    used by: weather_now, delay_v1\n"
            "~ view    weather_now  v3 -> v4   BREAKING (entity origin: join_keys [origin] -> [faa])\n"
            "    entity origin: v3 -> v4\n"
            "    used by: delay_v1\n");
}

TEST_F(PlanTest, AViewOverAPushSourceChangesWithItsHistory) {
  std::string before =
      replaced(kWeatherYaml, "feature_views:", "  - push: {name: live, batch_source: weather}\nfeature_views:");
  before = replaced(before, "    source: weather\n", "    source: live\n");
  Plan changed = plan_of(before, replaced(before, "path: data/weather.parquet", "path: data/w.parquet"));
  ASSERT_EQ(changed.changes.size(), 2u) << plan_to_text(changed);
  EXPECT_EQ(changed.changes[1].name, "weather_now");
  EXPECT_EQ(changed.changes[1].new_version, 4);
  EXPECT_EQ(changed.changes[1].impact, Impact::kBreaking);
}

TEST_F(PlanTest, NotesAreNoNewVersion) {
  EXPECT_EQ(change_text("    ttl: 1h\n", "    ttl: 1h\n    owner: ops\n    tags: {team: ops}\n"),
            "~ view  weather_now  v3\n"
            "    owner: (none) -> ops\n"
            "    tags.team: (none) -> ops\n"
            "    used by: delay_v1\n");
}

TEST_F(PlanTest, ExpectationsAddedAndRemoved) {
  EXPECT_EQ(change_text("{unique: {columns: [origin, time_hour]}}, ", ""),
            "~ source  weather      v3 -> v4\n"
            "    expect[0]: removed unique(origin, time_hour)\n"
            "    used by: weather_now, delay_v1\n"
            "~ view    weather_now  v3 -> v4\n"
            "    source weather: v3 -> v4\n"
            "    used by: delay_v1\n");
  Plan added = plan_of(kWeatherYaml, replaced(kWeatherYaml, "expect: [",
                                              "expect: [{in_set: {column: origin, values: [EWR, 1]}, on_fail: pass}, "));
  EXPECT_EQ(added.changes[0].details,
            std::vector<std::string>{"expect[0]: added in_set(origin, values=[\"EWR\", 1]) on_fail=pass"});
}

TEST_F(PlanTest, FieldsAreShownAsPeopleWriteThem) {
  v1::Manifest before = manifest_of(kWeatherYaml), after = before;
  v1::FeatureView* view = after.mutable_feature_views(0);
  view->set_as_of_retention_us(-1);
  view->set_serving_lag_us(300'000'000);
  view->set_offline_only(true);
  EXPECT_EQ(plan(before, after).changes[0].details,
            (std::vector<std::string>{"serving_lag: 0 -> 5min", "as_of_retention: newest -> all", "online: true -> false"}));

  after = before;
  after.mutable_feature_views(0)->set_sql(
      "select origin, time_hour, temp,\n  wind_speed * 0.44 as wind_speed\nfrom weather");
  EXPECT_EQ(plan(before, after).changes[0].details,
            (std::vector<std::string>{
                "sql: line 1: select origin, time_hour, temp, wind_speed from weather -> select origin, time_hour, temp,"}));

  v1::PythonTransform* python = before.mutable_feature_views(0)->mutable_python();
  python->set_function("features/a.py:f");
  python->set_mode("pandas");
  python->set_source_hash("0123456789abcdef");
  after = before;
  after.mutable_feature_views(0)->mutable_python()->set_source_hash("fedcba9876543210");
  Plan changed = plan(before, after);
  EXPECT_EQ(changed.changes[0].details, std::vector<std::string>{"python.code: changed"});
  EXPECT_EQ(changed.changes[0].impact, Impact::kBreaking);
}

TEST_F(PlanTest, Removals) {
  Plan removed = plan_of(kWeatherYaml, "entities: [{name: origin}]\n");
  EXPECT_TRUE(removed.destructive());
  EXPECT_EQ(plan_to_text(removed),
            "- source   weather      v3\n"
            "    used by: weather_now, delay_v1\n"
            "- view     weather_now  v3   DESTRUCTIVE (its features and their history)\n"
            "    used by: delay_v1\n"
            "- service  delay_v1     v3   BREAKING (nothing answers to its name)\n"
            "Plan: 0 to add, 0 to change, 3 to remove.\n");
}

TEST_F(PlanTest, ServicesBreakWhenTheyLoseFeatures) {
  EXPECT_EQ(change_text("features: [weather_now]", "features: [\"weather_now:temp\"]"),
            "~ service  delay_v1  v3 -> v4   BREAKING (features.weather_now all -> [temp])\n"
            "    features.weather_now: all -> [temp]\n");
  std::string part = replaced(kWeatherYaml, "features: [weather_now]", "features: [\"weather_now:temp\"]");
  EXPECT_EQ(plan_of(part, kWeatherYaml).changes[0].impact, Impact::kNone) << "more is not less";
}

TEST_F(PlanTest, RenamedProjectWarns) {
  v1::Manifest before = manifest_of(kWeatherYaml), after = before;
  after.set_project("other");
  Plan renamed = plan(before, after);
  ASSERT_EQ(renamed.warnings.size(), 1u);
  EXPECT_TRUE(plan_to_text(renamed).starts_with("! the project was applied as \"demo\"")) << plan_to_text(renamed);
}

TEST_F(PlanTest, JsonSaysTheSame) {
  Plan changed = plan_of(kWeatherYaml, replaced(kWeatherYaml, "ttl: 1h", "ttl: 2h"));
  nlohmann::json document = nlohmann::json::parse(plan_to_json(changed));
  EXPECT_EQ(document["base_revision"], 7);
  EXPECT_EQ(document["destructive"], false);
  EXPECT_EQ(document["summary"], nlohmann::json({{"add", 0}, {"change", 1}, {"remove", 0}}));
  nlohmann::json expected = {
      {"change", "change"},     {"kind", "view"},       {"name", "weather_now"},           {"old_version", 3},
      {"new_version", 4},       {"impact", "breaking"}, {"impact_reason", "ttl 1h -> 2h"}, {"details", {"ttl: 1h -> 2h"}},
      {"used_by", {"delay_v1"}}};
  EXPECT_EQ(document["changes"], nlohmann::json::array({expected}));
}

}  // namespace
}  // namespace gnomon
