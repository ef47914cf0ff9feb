// On-demand views and lookup sets: YAML, every rule with a definition that breaks it, types, and what a plan says.
#include <fmt/format.h>

#include "registry/manifest_json.h"
#include "registry/objects.h"
#include "registry/on_demand_inputs.h"
#include "registry/resolve_on_demand.h"
#include "registry_fixture.h"

namespace gnomon {
namespace {

class OnDemand : public RegistryTest {
 protected:
  // A project with a feature view, a request source, a lookup set and what is given.
  static std::string project(const std::string& on_demand, const std::string& more = "") {
    return R"(entities: [{name: origin}]
sources:
  - file: {name: weather, path: a.parquet, timestamp_field: at}
  - request: {name: req, schema: [{name: runway_deg, dtype: Float64}, {name: ip, dtype: String}]}
lookup_sets:
  - {name: vpn_ranges, cidrs: [10.0.0.0/8]}
feature_views:
  - {name: now, entities: [origin], source: weather, schema: [{name: speed, dtype: Float64}, {name: dir, dtype: Int64}, {name: note, dtype: String}]}
on_demand_feature_views:
)" + on_demand +
           more;
  }
  static std::string wind(const std::string& features, const std::string& keys = "sources: [now, req], ") {
    return "  - {name: wind, " + keys + "features: {" + features + "}}\n";
  }

  // The problems of checking, and if there are none, of resolving.
  std::string problems_of(v1::Manifest* manifest) {
    std::vector<Status> problems = check_manifest(*manifest);
    if (problems.empty()) resolve_on_demand(manifest, &problems);
    std::string text;
    for (const Status& problem : problems) text += problem.to_string() + "\n";
    return text;
  }

  void expect_problem(const std::string& yaml, const std::string& id, const std::string& message,
                      const std::string& hint = "") {
    v1::Manifest manifest = manifest_of(yaml);
    std::string text = problems_of(&manifest);
    EXPECT_TRUE(text.starts_with(id)) << text << yaml;
    EXPECT_EQ(text.find("\nGN"), std::string::npos) << "more than one problem:\n" << text;
    EXPECT_NE(text.find(message), std::string::npos) << text;
    EXPECT_NE(text.find(hint), std::string::npos) << text;
  }

  v1::Manifest resolved(const std::string& yaml) {
    v1::Manifest manifest = manifest_of(yaml);
    EXPECT_EQ(problems_of(&manifest), "");
    return manifest;
  }
};

TEST_F(OnDemand, YamlSaysTypesAndCanonicalTextIsFilledIn) {
  v1::Manifest manifest =
      resolved(project(wind("headwind: 'speed*cos( radians(dir-runway_deg))', is_vpn: \"in_set(ip,'vpn_ranges')\"")));
  const v1::OnDemandFeatureView& view = manifest.on_demand_feature_views(0);
  ASSERT_EQ(view.schema_size(), 2);
  EXPECT_EQ(view.schema(0).name(), "headwind");
  EXPECT_EQ(view.schema(0).dtype(), "Float64");
  EXPECT_EQ(view.schema(1).dtype(), "Bool");
  EXPECT_EQ(view.features().at("headwind"), "speed * cos(radians(dir - runway_deg))");
  EXPECT_EQ(view.features().at("is_vpn"), "in_set(ip, 'vpn_ranges')");
  EXPECT_EQ(view.origin().line(), 10);
  EXPECT_TRUE(manifest.sources(1).has_request());
}

TEST_F(OnDemand, JoinKeysAndOtherOnDemandViewsCanBeRead) {
  v1::Manifest manifest = manifest_of(
      project(wind("x: 'speed * 2'") +
              "  - {name: more, sources: [now, wind], features: {y: 'x + dir', z: 'hash_bucket(origin, 8)'}}\n"));
  v1::Field* key = manifest.mutable_feature_views(0)->add_join_keys();
  key->set_name("origin");
  key->set_dtype("String");
  EXPECT_EQ(problems_of(&manifest), "");
  std::vector<const v1::OnDemandFeatureView*> order = on_demand_order(manifest);
  ASSERT_EQ(order.size(), 2u);
  EXPECT_EQ(order[0]->name(), "wind");
  EXPECT_EQ(order[1]->schema(0).dtype(), "Float64");
}

TEST_F(OnDemand, QualifiedNamesTellColumnsOfOneNameApart) {
  const std::string other = "  - {name: wind, sources: [now, req], features: {speed: 'now__speed + 1'}}\n";
  EXPECT_EQ(problems_of(std::make_unique<v1::Manifest>(manifest_of(project(other))).get()), "");
  const std::string both = "  - {name: more, sources: [now, wind], features: {a: 'speed + 1'}}\n";
  expect_problem(project(other + both), "GN106",
                 "\"speed\" in feature a of on-demand view more could be now__speed or wind__speed", "Write one of them");
}

TEST_F(OnDemand, DefinitionsThatMakeNoSense) {
  expect_problem(project(wind("x: 'sped + 1'")), "GN101 features/all.yaml:10", "unknown input \"sped\"",
                 "Did you mean \"speed\"?");
  expect_problem(project(wind("x: 'speed +'")), "GN164", "feature x of on-demand view wind");
  expect_problem(project(wind("x: 'speed + note'")), "GN166", "\"+\" does not take Float64, String");
  expect_problem(project(wind("x: 'coz(speed)'")), "GN167", "unknown function coz()", "Did you mean \"cos\"?");
  expect_problem(project(wind("x: \"in_set(ip, 'vpn_range')\"")), "GN168", "unknown lookup set",
                 "Did you mean \"vpn_ranges\"?");
  expect_problem(project(wind("x: None")), "GN205", "always None");
  expect_problem(project(wind("x: speed", "sources: [now, req], schema: [{name: x, dtype: String}], ")), "GN205",
                 "declared String, and computes Float64");
  expect_problem(project(wind("x: speed", "sources: [nowe], ")), "GN105", "unknown source \"nowe\"",
                 "Did you mean \"now\"?");
  expect_problem(project(wind("x: '1'", "sources: [weather], ")), "GN109", "which holds rows");
  expect_problem(project(wind("x: '1'", "sources: [now, now], ")), "GN103", "twice");
  expect_problem(project(wind("x: speed", "sources: ['now:spede'], ")), "GN101", "unknown feature \"spede\" of now");
  expect_problem(project(wind("runway_deg: speed")), "GN106", "named like a column of request source req");
  expect_problem(project("  - {name: now, sources: [req], features: {x: runway_deg}}\n"), "GN106",
                 "named like a feature view");
  expect_problem(project("  - {name: a, sources: [req], schema: [{name: y}], features: {x: runway_deg, y: '1'}}\n"), "GN101",
                 "feature \"x\" of on-demand view a is not in its schema");
  expect_problem(project("  - {name: a, sources: [req]}\n"), "GN108", "has no features");
}

TEST_F(OnDemand, CyclesAreRefused) {
  v1::Manifest manifest =
      manifest_of(project("  - {name: a, sources: [b], features: {x: y}}\n  - {name: b, sources: [a], features: {y: x}}\n"));
  EXPECT_NE(problems_of(&manifest).find("GN107"), std::string::npos);
}

TEST_F(OnDemand, RequestColumnsClashWithKeysAndFeatures) {
  const std::string taken = R"(entities: [{name: origin}]
sources:
  - file: {name: weather, path: a.parquet, timestamp_field: at}
  - request: {name: req, schema: [{name: COLUMN, dtype: String}]}
feature_views:
  - {name: now, entities: [origin], source: weather, schema: [{name: speed, dtype: Float64}]}
on_demand_feature_views:
  - {name: wind, sources: [now, req], features: {x: '1'}}
)";
  for (const char* name : {"origin", "speed"}) {
    std::string yaml = taken;
    yaml.replace(yaml.find("COLUMN"), 6, name);
    expect_problem(yaml, "GN106", fmt::format("column \"{}\" of request source req is named like a", name));
  }
}

TEST_F(OnDemand, LookupSets) {
  auto with = [](const std::string& set) { return "lookup_sets:\n  - {name: s, " + set + "}\n"; };
  EXPECT_EQ(problems_of(std::make_unique<v1::Manifest>(manifest_of(with("values: [1, 2.5]"))).get()), "");
  expect_problem(with("values: [1, a]"), "GN109", "several types");
  expect_problem(with("description: none"), "GN108", "has no values");
  expect_problem(with("cidrs: [10.0.0.1/8]"), "GN168", "bits set behind its prefix");
  expect_problem(with("cidrs: [10.0.0/8]"), "GN168", "is no range of addresses");
}

TEST_F(OnDemand, RequestSourcesHaveTypesAndNothingElse) {
  expect_problem("sources:\n  - request: {name: r, schema: [{name: a}]}\n", "GN108", "column a of source r has no dtype");
  expect_problem("sources:\n  - request: {name: r}\n", "GN108", "source r has no schema");
  EXPECT_FALSE(load("sources:\n  - request: {name: r, path: a}\n").ok());
}

TEST_F(OnDemand, APlanSaysWhatHasChangedAndForWhom) {
  auto registry = open_registry();
  const std::string service = "feature_services:\n  - {name: fraud, features: ['wind:x']}\n";
  apply(registry.get(), resolved(project(wind("x: speed, y: '1'"), service)));
  Result<Plan> plan = registry->plan(resolved(project(wind("x: 'speed + 1', y: '1'"), service)), false);
  ASSERT_TRUE(plan.ok());
  std::string text = plan_to_text(*plan);
  EXPECT_NE(text.find("~ on_demand_view  wind  v1 -> v2   BREAKING (x speed -> speed + 1)"), std::string::npos) << text;
  EXPECT_NE(text.find("    x: speed -> speed + 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("used by: fraud"), std::string::npos) << text;

  // A feature more is a new version, and hurts nobody.
  plan = registry->plan(resolved(project(wind("x: speed, y: '1', z: dir"), service)), false);
  EXPECT_EQ(plan->changes.at(0).impact, Impact::kNone) << plan_to_text(*plan);
  EXPECT_EQ(plan->changes.at(0).new_version, 2);
  // One less does.
  plan = registry->plan(resolved(project(wind("x: speed"), service)), false);
  EXPECT_EQ(plan->changes.at(0).impact, Impact::kBreaking) << plan_to_text(*plan);
  EXPECT_EQ(plan->changes.at(0).impact_reason, "removes y");
}

TEST_F(OnDemand, WhatIsReadGivesANewVersion) {
  auto registry = open_registry();
  const std::string reads =
      wind("x: \"in_set(ip, 'vpn_ranges')\"") + "  - {name: more, sources: [wind], features: {y: 'not x'}}\n";
  apply(registry.get(), resolved(project(reads)));
  std::string changed = project(reads);
  changed.replace(changed.find("10.0.0.0/8"), 10, "11.0.0.0/8");
  Result<Plan> plan = registry->plan(resolved(changed), false);
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->changes.size(), 3u) << plan_to_text(*plan);
  for (const Change& change : plan->changes) {
    EXPECT_EQ(change.new_version, 2) << change.name;
    EXPECT_EQ(change.impact, Impact::kBreaking) << change.name;
  }
  EXPECT_EQ(plan->changes[0].used_by, (std::vector<std::string>{"more", "wind"}));
}

TEST_F(OnDemand, FeatureViewsCannotReadARequest) {
  expect_problem(R"(entities: [{name: origin}]
sources:
  - request: {name: req, schema: [{name: a, dtype: Int64}]}
feature_views:
  - {name: v, entities: [origin], source: req, timestamp_field: t, schema: [{name: a, dtype: Int64}]}
)",
                 "GN109", "reads request source \"req\"");
}

}  // namespace
}  // namespace gnomon
