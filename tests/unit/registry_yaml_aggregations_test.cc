// Aggregations in YAML: the manifest that Python gives too, and what is refused.
#include <sstream>

#include "registry/manifest_json.h"
#include "registry/objects.h"
#include "registry_fixture.h"

namespace gnomon {
namespace {

class YamlAggregations : public RegistryTest {
 protected:
  static std::string golden(const std::string& file) {
    std::ifstream in(std::filesystem::path(GNOMON_GOLDEN_DIR) / "windows" / file);
    EXPECT_TRUE(in.good()) << file;
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }

  // `aggregation` stands alone in line 4.
  void expect_error(const std::string& aggregation, const std::string& message, const std::string& hint = "") {
    Result<v1::Manifest> manifest = load("feature_views:\n  - name: v\n    aggregations:\n      - " + aggregation + "\n");
    ASSERT_FALSE(manifest.ok()) << aggregation;
    const ErrorInfo& why = manifest.status().info();
    EXPECT_EQ(why.id, "GN120") << manifest.status().to_string();
    EXPECT_EQ(why.where, "features/all.yaml:4") << manifest.status().to_string();
    EXPECT_NE(why.message.find(message), std::string::npos) << manifest.status().to_string();
    EXPECT_NE(why.hint.find(hint), std::string::npos) << manifest.status().to_string();
  }
};

TEST_F(YamlAggregations, TheSameManifestAsFromPython) {
  v1::Manifest manifest = manifest_of(golden("definitions.yaml"));
  manifest.clear_project();
  Result<v1::Manifest> expected = manifest_from_json(golden("manifest.json"));
  ASSERT_TRUE(expected.ok()) << expected.status().to_string();
  EXPECT_EQ(message_to_json(*without_origins(manifest)), message_to_json(*expected));
}

TEST_F(YamlAggregations, OriginsAreTheLinesOfTheAggregations) {
  v1::Manifest manifest = manifest_of(
      "feature_views:\n  - name: v\n    aggregations:\n      - {column: a, function: sum, window: 1h}\n"
      "      - column: b\n        function: sum\n        window: 1h\n");
  EXPECT_EQ(place_of(manifest.feature_views(0).aggregations(0).origin()), "features/all.yaml:4");
  EXPECT_EQ(place_of(manifest.feature_views(0).aggregations(1).origin()), "features/all.yaml:5");
}

TEST_F(YamlAggregations, UnknownKeysSuggest) {
  expect_error("{column: a, functoin: sum, window: 1h}", "unknown key \"functoin\" in an aggregation",
               "Did you mean \"function\"?");
  expect_error("{column: a, function: sum, windows: 1h}", "unknown key \"windows\"", "Did you mean \"window\"?");
  expect_error("{column: a, function: sum, window: {lats: 3}}", "unknown key \"lats\" in a window",
               "Did you mean \"last\"?");
}

TEST_F(YamlAggregations, WhatIsNoWindow) {
  for (const char* window : {"7", "a week", "-1d", "Lifetime", "\"\""})
    expect_error(std::string("{column: a, function: sum, window: ") + window + "}",
                 "`window` of an aggregation: expected a window", "{last: 5}");
  expect_error("{column: a, function: sum, window: [1h, [2h]]}", "expected a window");
  expect_error("{column: a, function: sum, window: }", "expected a window");
  expect_error("{column: a, function: sum, window: {last: 5, calendar: day}}", "a window has one kind");
  expect_error("{column: a, function: sum, window: {last: 5, tz: UTC}}", "a window has one kind");
  expect_error("{column: a, function: sum, window: {tz: UTC}}", "a window has one kind");
  expect_error("{column: a, function: sum, window: {last: 0}}", "`last` of a window: expected a whole number of at least 1");
  expect_error("{column: a, function: sum, window: {last: 2.5}}", "expected a whole number");
}

TEST_F(YamlAggregations, WrongKindsOfValues) {
  expect_error("{column: a, function: sum, window: 1h, n: 0}",
               "`n` of an aggregation: expected a whole number of at least 1");
  expect_error("{column: a, function: sum, window: 1h, n: many}", "expected a whole number");
  expect_error("{column: a, function: sum, window: 1h, max_distinct: -1}", "`max_distinct` of an aggregation");
  expect_error("{column: a, function: sum, window: 1h, p: 0}", "`p` of an aggregation: expected a number in (0, 1]");
  expect_error("{column: a, function: sum, window: 1h, p: 1.01}", "expected a number in (0, 1]");
  expect_error("{column: a, function: sum, window: 1h, p: half}", "expected a number in (0, 1]");
  expect_error("{column: a, function: sum, window: 1h, offset: soon}", "`offset` of an aggregation: expected a duration");
  expect_error("{column: a, function: sum, window: 1h, include_request: maybe}", "expected true or false");
  expect_error("{column: a, function: sum, window: 1h, default: {a: 1}}", "default: expected a list");
  expect_error("{column: [a], function: sum, window: 1h}", "`column` of an aggregation: expected text");
  expect_error("sum", "an aggregation: expected a map of keys");
}

TEST_F(YamlAggregations, AListIsExpected) {
  Result<v1::Manifest> manifest = load("feature_views:\n  - name: v\n    aggregations: {column: a}\n");
  ASSERT_FALSE(manifest.ok());
  EXPECT_EQ(manifest.status().to_string().find("GN120 features/all.yaml:3  aggregations: expected a list, found a map"), 0u)
      << manifest.status().to_string();
}

}  // namespace
}  // namespace gnomon
