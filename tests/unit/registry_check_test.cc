#include <fmt/format.h>

#include "registry_fixture.h"

namespace gnomon {
namespace {

class ManifestCheck : public RegistryTest {
 protected:
  std::string problems_of(const v1::Manifest& manifest) {
    std::string text;
    for (const Status& problem : check_manifest(manifest)) text += problem.to_string() + "\n";
    return text;
  }
  void expect_problem(const std::string& yaml, const std::string& start, const std::string& hint) {
    std::vector<Status> problems = check_manifest(manifest_of(yaml));
    ASSERT_EQ(problems.size(), 1u) << problems_of(manifest_of(yaml));
    std::string text = problems[0].to_string();
    EXPECT_TRUE(text.starts_with(start)) << text << "\n  expected to start with\n" << start;
    EXPECT_NE(text.find(hint), std::string::npos) << text;
  }
};

// A plain view over a source with a declared schema; %s are spliced in.
std::string user_project(const std::string& view_keys, const std::string& source_keys = "",
                         const std::string& entity = "{name: user, join_keys: [user_id]}") {
  return fmt::format(R"(entities:
  - {}
sources:
  - file: {{name: stats, path: a.parquet, timestamp_field: ts, {}
           schema: [{{name: user_id, dtype: Int64}}, {{name: ts, dtype: UnixTimestamp}}, {{name: spend, dtype: Float64}}]}}
feature_views:
  - {{name: v, entities: [user], source: stats, {}}}
)",
                     entity, source_keys, view_keys);
}

TEST_F(ManifestCheck, SoundProjectHasNoProblems) {
  EXPECT_EQ(problems_of(manifest_of(user_project("schema: [{name: spend, dtype: Float32}], ttl: 1h"))), "");
  EXPECT_EQ(problems_of(manifest_of(user_project(""))), "") << "a schema may be left out";
}

TEST_F(ManifestCheck, UnknownColumnsSuggest) {
  expect_problem(user_project("schema: [{name: spent}]"),
                 "GN101 features/all.yaml:7  unknown column \"spent\" in source stats (feature of view v)",
                 "Did you mean \"spend\"?");
  expect_problem(user_project("", "", "{name: user, join_keys: [userid]}"),
                 "GN101 features/all.yaml:7  unknown column \"userid\" in source stats (join key", "\"user_id\"");
  expect_problem(user_project("", "created_timestamp_column: tss,"),
                 "GN101 features/all.yaml:4  unknown column \"tss\" in source stats (created_timestamp_column)", "\"ts\"");
  expect_problem(user_project("", "expect: [{not_null: {column: spand}}],"),
                 "GN101 features/all.yaml:4  unknown column \"spand\" in not_null of source stats", "\"spend\"");
  expect_problem(user_project("schema: [{name: spend}], expect: [{not_null: {column: spand}}]"),
                 "GN101 features/all.yaml:7  unknown column \"spand\" in not_null of view v", "\"spend\"");
  EXPECT_EQ(problems_of(
                manifest_of(user_project("schema: [{name: spend}], expect: [{not_null: {column: [spend, user_id, ts]}}]"))),
            "")
      << "keys and times are columns of a view";
}

TEST_F(ManifestCheck, MappedColumnsGoByTheirNewName) {
  EXPECT_EQ(problems_of(manifest_of(user_project("schema: [{name: amount}]", "field_mapping: {spend: amount},"))), "");
  expect_problem(user_project("schema: [{name: spend}]", "field_mapping: {spend: amount},"), "GN101 features/all.yaml:7",
                 "unknown column \"spend\"");
}

TEST_F(ManifestCheck, Names) {
  EXPECT_NE(problems_of(manifest_of("entities: [{name: 9lives}]"))
                .find("GN104 features/all.yaml:1  bad name for entity: \"9lives\""),
            std::string::npos)
      << problems_of(manifest_of("entities: [{name: 9lives}]"));
  for (const std::string& bad :
       {std::string("a-b"), std::string("a b"), std::string("é"), std::string("a.b"), std::string(64, 'a')}) {
    EXPECT_EQ(check_manifest(manifest_of("entities: [{name: \"" + bad + "\", join_keys: [k]}]")).size(), 1u) << bad;
  }
  for (const std::string& good : {std::string("_"), std::string("A9_"), std::string(63, 'a')}) {
    EXPECT_EQ(problems_of(manifest_of("entities: [{name: " + good + "}]")), "") << good;
  }
  v1::Manifest manifest;
  EXPECT_EQ(check_manifest(manifest).size(), 1u) << "a manifest without a project";
}

TEST_F(ManifestCheck, Duplicates) {
  expect_problem("entities:\n  - {name: a}\n  - {name: a, join_keys: [b]}\n",
                 "GN103 features/all.yaml:3  entity \"a\" is defined twice; first at features/all.yaml:2", "Rename");
}

TEST_F(ManifestCheck, UnknownReferences) {
  expect_problem(replaced(kWeatherYaml, "entities: [origin]", "entities: [orgin]"),
                 "GN105 features/all.yaml:7  unknown entity \"orgin\" in view weather_now", "Did you mean \"origin\"?");
  expect_problem(replaced(kWeatherYaml, "source: weather\n", "source: wether\n"),
                 "GN105 features/all.yaml:7  unknown source \"wether\" in view weather_now", "Did you mean \"weather\"?");
  expect_problem(replaced(kWeatherYaml, "features: [weather_now]", "features: [weather_then]"),
                 "GN105 features/all.yaml:15  unknown feature view \"weather_then\" in service delay_v1", "weather_now");
  expect_problem(replaced(kWeatherYaml, "features: [weather_now]", "features: [\"weather_now:tmp\"]"),
                 "GN101 features/all.yaml:15  unknown feature \"tmp\" of view weather_now", "Did you mean \"temp\"?");
  expect_problem("sources:\n  - push: {name: p, batch_source: q, timestamp_field: t}\n",
                 "GN105 features/all.yaml:2  unknown source \"q\": batch_source of source p", "");
}

TEST_F(ManifestCheck, Clashes) {
  expect_problem(user_project("schema: [{name: spend}, {name: user_id}]"),
                 "GN106 features/all.yaml:7  feature \"user_id\" of view v is named like its join key", "features only");
  expect_problem(user_project("schema: [{name: ts}]"),
                 "GN106 features/all.yaml:7  feature \"ts\" of view v is named like its timestamp_field", "");
  expect_problem(user_project("schema: [{name: spend}, {name: spend}]"),
                 "GN106 features/all.yaml:7  two fields named \"spend\" in view v", "Rename");
  expect_problem("entities: [{name: a, join_keys: [k, k]}]", "GN106 features/all.yaml:1  join key \"k\" twice", "");
  expect_problem(replaced(kWeatherYaml, "features: [weather_now]", "features: [weather_now, weather_now]"),
                 "GN106 features/all.yaml:15  service delay_v1 lists view weather_now twice", "");
  expect_problem("sources:\n  - file: {name: a, path: p, field_mapping: {x: z, y: z}}\n",
                 "GN106 features/all.yaml:2  field_mapping of source a gives \"x\" and \"y\" the same name \"z\"", "");
}

TEST_F(ManifestCheck, CyclesOfPushSources) {
  std::string text =
      problems_of(manifest_of("sources:\n  - push: {name: a, batch_source: b, timestamp_field: t}\n  - push: {name: b, "
                              "batch_source: a, timestamp_field: t}\n"));
  EXPECT_NE(text.find("GN107 features/all.yaml:2  source a is its own batch_source, through \"b\""), std::string::npos)
      << text;
  expect_problem("sources:\n  - push: {name: a, batch_source: a, timestamp_field: t}\n", "GN107 features/all.yaml:2", "");
}

TEST_F(ManifestCheck, MissingParts) {
  expect_problem(replaced(kWeatherYaml, "    source: weather\n", ""),
                 "GN108 features/all.yaml:7  view weather_now has no source", "");
  expect_problem(replaced(kWeatherYaml, "    entities: [origin]\n", ""),
                 "GN108 features/all.yaml:7  view weather_now has no entities", "");
  expect_problem("sources:\n  - file: {name: a}\n", "GN108 features/all.yaml:2  source a has no path", "");
  expect_problem("feature_services: [{name: s}]", "GN108 features/all.yaml:1  service s has no features", "");
  expect_problem("sources:\n  - push: {name: a}\n", "GN108 features/all.yaml:2  source a has no timestamp_field", "");
  std::string untimed = "entities: [{name: u}]\nsources:\n  - file: {name: s, path: p}\nfeature_views:\n";
  expect_problem(untimed + "  - {name: v, entities: [u], source: s, timestamp_field: t}\n",
                 "GN108 features/all.yaml:5  view v reads source s, which has no timestamp_field", "only feed sql=");
  expect_problem(untimed + "  - {name: v, entities: [u], source: s, sql: select 1}\n",
                 "GN108 features/all.yaml:5  view v has no timestamp_field, and neither has its source s", "");
  EXPECT_EQ(
      problems_of(manifest_of(untimed + "  - {name: v, entities: [u], source: s, sql: select 1, timestamp_field: t}\n")),
      "");
  expect_problem(untimed + "  - {name: v, entities: [u], source: s, sql: \" \", timestamp_field: t}\n",
                 "GN108 features/all.yaml:5  view v has an empty sql", "");
}

TEST_F(ManifestCheck, SeveralSourcesNeedATransform) {
  std::string two =
      "entities: [{name: u}]\nsources:\n  - file: {name: a, path: p, timestamp_field: t}\n  - file: {name: b, path: p, "
      "timestamp_field: t}\nfeature_views:\n";
  expect_problem(two + "  - {name: v, entities: [u], sources: [a, b], timestamp_field: t}\n",
                 "GN108 features/all.yaml:6  view v has 2 sources and nothing that joins them", "");
  expect_problem(two + "  - {name: v, entities: [u], sources: [a, b], sql: select 1}\n",
                 "GN108 features/all.yaml:6  view v has no timestamp_field", "several sources");
}

TEST_F(ManifestCheck, TypesAndDurations) {
  expect_problem(user_project("schema: [{name: spend, dtype: Float46}]"), "GN110 features/all.yaml:7",
                 "field spend of view v");
  expect_problem(replaced(user_project(""), "{name: user_id, dtype: Int64}", "{name: user_id, dtype: Float64}"),
                 "GN109 features/all.yaml:7  join key \"user_id\" of view v is Float64", "reliably equal");
  v1::Manifest manifest = manifest_of(user_project(""));
  manifest.mutable_feature_views(0)->set_ttl_us(-3'600'000'000);
  EXPECT_EQ(problems_of(manifest),
            "GN109 features/all.yaml:7  ttl of view v is negative: -1h. Use 0 or a positive duration\n");
  manifest.mutable_feature_views(0)->set_ttl_us(0);
  manifest.mutable_feature_views(0)->set_as_of_retention_us(-1);
  EXPECT_EQ(problems_of(manifest), "");
  manifest.mutable_feature_views(0)->set_as_of_retention_us(std::numeric_limits<int64_t>::min());
  EXPECT_EQ(check_manifest(manifest).size(), 1u);
}

TEST_F(ManifestCheck, PythonTransforms) {
  v1::Manifest manifest = manifest_of(user_project(""));
  v1::PythonTransform* python = manifest.mutable_feature_views(0)->mutable_python();
  python->set_function("features/a.py:f");
  python->set_mode("pandas");
  EXPECT_EQ(problems_of(manifest), "");
  python->set_function("f");
  python->set_mode("panda");
  EXPECT_EQ(problems_of(manifest),
            "GN108 features/all.yaml:7  view v names no function: \"f\". Expected \"file.py:function\"\n"
            "GN109 features/all.yaml:7  unknown mode \"panda\" of view v. Did you mean \"pandas\"?\n");
}

TEST_F(ManifestCheck, Expectations) {
  v1::Manifest manifest = manifest_of(user_project(""));
  v1::Check* check = manifest.mutable_sources(0)->add_expect();
  check->set_type("betwen");
  EXPECT_NE(problems_of(manifest).find(
                "GN130 features/all.yaml:4  unknown expectation \"betwen\" of source stats. Did you mean \"between\"?"),
            std::string::npos)
      << problems_of(manifest);
  check->set_type("between");
  EXPECT_NE(problems_of(manifest).find("names no column"), std::string::npos);
  EXPECT_NE(problems_of(manifest).find("needs `min` or `max`"), std::string::npos);
  check->add_columns("spend");
  (*check->mutable_params())["max"].set_int_value(1);
  EXPECT_EQ(problems_of(manifest), "");
  (*check->mutable_params())["pattern"].set_string_value("x");
  EXPECT_NE(problems_of(manifest).find("unknown parameter \"pattern\" of between"), std::string::npos);
  check->mutable_params()->erase("pattern");
  check->set_on_fail("quarantin");
  EXPECT_NE(problems_of(manifest).find("Did you mean \"quarantine\"?"), std::string::npos);
  check->set_on_fail("pass");
  check->add_columns("user_id");
  EXPECT_EQ(problems_of(manifest), "") << "a check over several columns looks at each";
}

TEST_F(ManifestCheck, AllProblemsInFileOrder) {
  std::string yaml =
      "feature_services:\n  - {name: s, features: [nope]}\nentities:\n  - {name: 1a, join_keys: [k]}\nsources:\n  - file: "
      "{name: f}\n";
  std::vector<Status> problems = check_manifest(manifest_of(yaml));
  ASSERT_EQ(problems.size(), 3u);
  EXPECT_EQ(problems[0].info().where, "features/all.yaml:2");
  EXPECT_EQ(problems[1].info().where, "features/all.yaml:4");
  EXPECT_EQ(problems[2].info().where, "features/all.yaml:6");
}

TEST_F(ManifestCheck, UnsupportedKeywordsAreRefused) {
  const std::string file = "sources:\n  - file: {name: a, path: p, timestamp_field: t, event_id: id}\n";
  EXPECT_TRUE(check_manifest(manifest_of(file)).empty());
  for (const char* refused :
       {"  - push: {name: b, timestamp_field: t, event_id: id}\n", "  - push: {name: b, batch_source: a}\n"}) {
    std::vector<Status> problems = check_manifest(manifest_of(file + refused));
    ASSERT_EQ(problems.size(), 1u) << refused;
    EXPECT_EQ(problems[0].code(), Code::kUnimplemented);
  }
}

TEST(Closest, SuggestsSlipsOnly) {
  std::vector<std::string> columns = {"dep_delay", "arr_delay", "origin", "temp"};
  EXPECT_EQ(closest("dep_dely", columns), "dep_delay");
  EXPECT_EQ(closest("DEP_DELAY", columns), "dep_delay");
  EXPECT_EQ(closest("orgiin", columns), "origin") << "a swap is one slip";
  EXPECT_EQ(closest("humidity", columns), "");
  EXPECT_EQ(closest("", columns), "");
  EXPECT_EQ(closest("x", {"y"}), "");
  EXPECT_EQ(closest(std::string(100'000, 'a'), {std::string(100'000, 'b')}), "");
}

}  // namespace
}  // namespace gnomon
