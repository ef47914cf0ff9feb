#include "gnomon/registry.h"
#include "registry_fixture.h"

namespace gnomon {
namespace {

// Every key that is understood, once.
const char* const kPaymentsYaml = R"(
entities:
  - {name: user, join_keys: [user_id], description: who pays, owner: risk, tags: {team: risk}}
sources:
  - file: {name: transactions, path: data/transactions/*.parquet, timestamp_field: ts, created_timestamp_column: created,
           known_at_field: seen, field_mapping: {amt: amount}, format: parquet,
           expect: [{not_null: {column: [user_id, amount]}}, {between: {column: amount, min: 0, max: 1000000}, on_fail: quarantine}]}
  - push: {name: live, batch_source: transactions}
feature_views:
  - name: user_spend
    entities: [user]
    source: live
    ttl: "1d12h"
    as_of_retention: all
    serving_lag: 5min
    online: false
    schema:
      - {name: amount, dtype: Float64}
    expect:
      - in_set: {column: amount, values: [1, 2.5, "3", NO, true]}
      - regex: {column: amount, pattern: "^a.*"}
        on_fail: pass
  - name: plane
    entities: user
    sources: [transactions, live]
    sql: |
      select *
      from transactions
    timestamp_field: ts
    as_of_retention: 7d
feature_services:
  - {name: fraud_v1, features: [user_spend, "plane:seats", "plane:engines"]}
)";

class RegistryYaml : public RegistryTest {
 protected:
  void expect_error(const std::string& yaml, const std::string& id, const std::string& where, const std::string& part) {
    Result<v1::Manifest> manifest = load(yaml);
    ASSERT_FALSE(manifest.ok()) << yaml;
    const ErrorInfo& info = manifest.status().info();
    EXPECT_EQ(info.id, id) << manifest.status().to_string();
    EXPECT_EQ(info.where, where) << manifest.status().to_string();
    EXPECT_NE(manifest.status().to_string().find(part), std::string::npos) << manifest.status().to_string();
  }
};

TEST_F(RegistryYaml, EntitiesAndSources) {
  v1::Manifest manifest = manifest_of(kPaymentsYaml);
  EXPECT_EQ(manifest.project(), "demo");
  ASSERT_EQ(manifest.entities_size(), 1);
  EXPECT_EQ(manifest.entities(0).join_keys(0), "user_id");
  EXPECT_EQ(manifest.entities(0).tags().at("team"), "risk");
  EXPECT_EQ(manifest.entities(0).origin().file(), "features/all.yaml");
  EXPECT_EQ(manifest.entities(0).origin().line(), 3);

  ASSERT_EQ(manifest.sources_size(), 2);
  const v1::Source& transactions = manifest.sources(0);
  EXPECT_EQ(transactions.file().path(), "data/transactions/*.parquet");
  EXPECT_EQ(transactions.known_at_field(), "seen");
  EXPECT_EQ(transactions.field_mapping().at("amt"), "amount");
  ASSERT_EQ(transactions.expect_size(), 3) << "not_null over two columns is two checks";
  EXPECT_EQ(transactions.expect(0).columns(0), "user_id");
  EXPECT_EQ(transactions.expect(1).columns(0), "amount");
  EXPECT_EQ(transactions.expect(2).type(), "between");
  EXPECT_EQ(transactions.expect(2).params().at("max").int_value(), 1'000'000);
  EXPECT_EQ(transactions.expect(2).on_fail(), "quarantine");
  EXPECT_EQ(transactions.expect(2).origin().line(), 7);
  EXPECT_EQ(manifest.sources(1).push().batch_source(), "transactions");
}

TEST_F(RegistryYaml, ViewsAndServices) {
  v1::Manifest manifest = manifest_of(kPaymentsYaml);
  ASSERT_EQ(manifest.feature_views_size(), 2);
  const v1::FeatureView& spend = manifest.feature_views(0);
  EXPECT_EQ(spend.ttl_us(), 36LL * 3600 * 1'000'000);
  EXPECT_EQ(spend.as_of_retention_us(), -1);
  EXPECT_EQ(spend.serving_lag_us(), 300LL * 1'000'000);
  EXPECT_TRUE(spend.offline_only());
  EXPECT_EQ(spend.transform_case(), v1::FeatureView::TRANSFORM_NOT_SET);
  const auto& values = spend.expect(0).params().at("values").list_value().values();
  ASSERT_EQ(values.size(), 5);
  EXPECT_EQ(values[0].int_value(), 1);
  EXPECT_EQ(values[1].float_value(), 2.5);
  EXPECT_EQ(values[2].string_value(), "3") << "quoted is a string";
  EXPECT_EQ(values[3].string_value(), "NO") << "Norway is no boolean";
  EXPECT_TRUE(values[4].bool_value());
  EXPECT_EQ(spend.expect(1).on_fail(), "pass");

  const v1::FeatureView& plane = manifest.feature_views(1);
  EXPECT_EQ(plane.entities(0), "user") << "one text stands for a list of one";
  EXPECT_EQ(plane.sources_size(), 2);
  EXPECT_EQ(plane.sql(), "select *\nfrom transactions\n");
  EXPECT_EQ(plane.as_of_retention_us(), 7LL * 86400 * 1'000'000);
  EXPECT_EQ(plane.origin().line(), 23);

  const v1::FeatureService& service = manifest.feature_services(0);
  ASSERT_EQ(service.features_size(), 2);
  EXPECT_TRUE(service.features(0).features().empty());
  EXPECT_EQ(service.features(1).view(), "plane");
  EXPECT_EQ(service.features(1).features_size(), 2);
}

TEST_F(RegistryYaml, TheExampleProjectIsSound) {
  v1::Manifest manifest = manifest_of(kWeatherYaml);
  for (const Status& problem : check_manifest(manifest)) ADD_FAILURE() << problem.to_string();
}

TEST_F(RegistryYaml, UnknownKeysTeach) {
  expect_error("entities:\n  - name: user\n    join_key: [a]\n", "GN120", "features/all.yaml:3",
               "Did you mean \"join_keys\"?");
  expect_error("entitys: []\n", "GN120", "features/all.yaml:1", "Did you mean \"entities\"?");
  expect_error("sources:\n  - flie: {name: a, path: b}\n", "GN120", "features/all.yaml:2", "Did you mean \"file\"?");
  expect_error("sources:\n  - file: {name: a, path: b, expect: [{not_nul: {column: c}}]}\n", "GN120", "features/all.yaml:2",
               "Did you mean \"not_null\"?");
  expect_error("sources:\n  - file:\n      name: a\n      expect:\n        - between: {column: c, maximum: 2}\n", "GN120",
               "features/all.yaml:5", "unknown key \"maximum\" in expectation between");
}

TEST_F(RegistryYaml, WrongKindsOfValue) {
  expect_error("entities: {name: user}\n", "GN120", "features/all.yaml:1", "expected a list");
  expect_error("entities:\n  - user\n", "GN120", "features/all.yaml:2", "expected a map");
  expect_error("entities:\n  - name: [user]\n", "GN120", "features/all.yaml:2", "expected text, found a list");
  expect_error("entities:\n  - name:\n", "GN120", "features/all.yaml:2", "`name` of entity: expected text, found nothing");
  expect_error("feature_views:\n  - {name: v, ttl: soon}\n", "GN120", "features/all.yaml:2",
               "`ttl` of feature view v: expected a duration, found \"soon\"");
  expect_error("feature_views:\n  - {name: v, online: maybe}\n", "GN120", "features/all.yaml:2", "true or false");
  expect_error("feature_views:\n  - {name: v, source: a, sources: [b]}\n", "GN120", "features/all.yaml:2",
               "both source and sources");
  expect_error("sources:\n  - {file: {name: a}, push: {name: b}}\n", "GN120", "features/all.yaml:2", "one kind");
  expect_error("sources:\n  - file: {name: a, expect: [{on_fail: pass}]}\n", "GN120", "features/all.yaml:2",
               "names no expectation");
  expect_error("sources:\n  - file: {name: a, expect: [{unique: {column: c}, not_null: {column: c}}]}\n", "GN120",
               "features/all.yaml:2", "two expectations");
}

TEST_F(RegistryYaml, BadYaml) {
  expect_error("entities:\n  - {name: user\nsources: []\n", "GN120", "features/all.yaml:3", "bad YAML");
  expect_error("entities: []\nentities: []\n", "GN120", "features/all.yaml:2", "key given twice");
  expect_error("entities: []\n---\nsources: []\n", "GN120", "features/all.yaml:3", "2 documents");
  expect_error("? [a]\n: b\n", "GN120", "features/all.yaml:1", "a key has to be text");
  expect_error(std::string(5000, '['), "GN120", "features/all.yaml:1", "bad YAML");
}

TEST_F(RegistryYaml, AliasesCannotExplode) {
  std::string yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    yaml += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) yaml += (j > 0 ? ", *a" : "*a") + std::to_string(i - 1);
    yaml += "]\n";
  }
  Result<v1::Manifest> manifest = load(yaml);
  ASSERT_FALSE(manifest.ok());
  EXPECT_NE(manifest.status().to_string().find("more than"), std::string::npos) << manifest.status().to_string();
}

TEST_F(RegistryYaml, WhatComesLaterIsRefusedNotIgnored) {
  for (const char* key : {"schedule", "on", "mode"}) {
    Result<v1::Manifest> manifest = load("feature_views:\n  - name: v\n    " + std::string(key) + ": []\n");
    ASSERT_FALSE(manifest.ok()) << key;
    EXPECT_EQ(manifest.status().code(), Code::kUnimplemented);
    EXPECT_EQ(manifest.status().info().where, "features/all.yaml:3");
    EXPECT_NE(manifest.status().to_string().find(key), std::string::npos);
  }
}

TEST_F(RegistryYaml, ProjectName) {
  write("my-shop 2/features/readme.txt", "not read");
  Result<v1::Manifest> manifest = load_yaml_definitions(folder_ + "/my-shop 2/");
  ASSERT_TRUE(manifest.ok());
  EXPECT_EQ(manifest->project(), "my_shop_2") << "the folder's name, other characters as _";

  write("my-shop 2/feature_store.yaml",
        "project: shop\nregistry: data/registry.db\nprovider: local\nonline_store: {type: sqlite}\n");
  EXPECT_EQ(load_yaml_definitions(folder_ + "/my-shop 2")->project(), "shop");

  write("my-shop 2/gnomon.yaml", "project: better\nonline_store: embedded\n");
  EXPECT_EQ(load_yaml_definitions(folder_ + "/my-shop 2")->project(), "better") << "gnomon.yaml comes first";
}

TEST_F(RegistryYaml, GnomonYamlIsStrict) {
  write("gnomon.yaml", "project: a\nonline_store: cassandra\n");
  Result<v1::Manifest> manifest = load_yaml_definitions(folder_);
  ASSERT_FALSE(manifest.ok());
  EXPECT_EQ(manifest.status().code(), Code::kUnimplemented);
  EXPECT_EQ(manifest.status().info().where, "gnomon.yaml:2");
  EXPECT_NE(manifest.status().info().message.find("online_store: cassandra"), std::string::npos);

  write("gnomon.yaml", "projekt: a\n");
  manifest = load_yaml_definitions(folder_);
  ASSERT_FALSE(manifest.ok());
  EXPECT_NE(manifest.status().to_string().find("GN120 gnomon.yaml:1"), std::string::npos) << manifest.status().to_string();
  EXPECT_NE(manifest.status().to_string().find("Did you mean \"project\"?"), std::string::npos);
}

TEST_F(RegistryYaml, SeveralFilesAndNone) {
  EXPECT_TRUE(load_yaml_definitions(folder_).ok()) << "a project without definitions is empty, not wrong";
  write("features/b.yml", "entities: [{name: b}]\n");
  write("features/a.yaml", "entities: [{name: a}]\n");
  write("features/c.yaml", "");
  write("features/d.yaml", "# only a comment\n");
  Result<v1::Manifest> manifest = load_yaml_definitions(folder_);
  ASSERT_TRUE(manifest.ok()) << manifest.status().to_string();
  ASSERT_EQ(manifest->entities_size(), 2);
  EXPECT_EQ(manifest->entities(0).origin().file(), "features/a.yaml");
  Result<v1::Manifest> missing = load_yaml_definitions(folder_ + "/nowhere");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.status().code(), Code::kNotFound);
}

}  // namespace
}  // namespace gnomon
