#include <map>

#include "registry_fixture.h"

namespace gnomon {
namespace {

using SqliteRegistryTest = RegistryTest;

TEST_F(SqliteRegistryTest, EmptyBeforeTheFirstApply) {
  auto registry = open_registry();
  int64_t revision = -1;
  Result<v1::Manifest> manifest = registry->manifest(&revision);
  ASSERT_TRUE(manifest.ok());
  EXPECT_EQ(revision, 0);
  EXPECT_EQ(manifest->entities_size(), 0);
  EXPECT_EQ(registry->version_of("view", "weather_now").status().info().id, "GN102");
  EXPECT_TRUE(registry->runs(10)->empty());
}

TEST_F(SqliteRegistryTest, AppliedManifestComesBackAndLasts) {
  v1::Manifest target = manifest_of(kWeatherYaml);
  Plan first = apply(open_registry().get(), target);
  EXPECT_EQ(first.changes.size(), 4u);
  auto registry = open_registry();
  int64_t revision = 0;
  Result<v1::Manifest> manifest = registry->manifest(&revision);
  ASSERT_TRUE(manifest.ok()) << manifest.status().to_string();
  EXPECT_EQ(revision, 1);
  EXPECT_EQ(manifest_to_json(*manifest), manifest_to_json(target));
  EXPECT_EQ(*registry->version_of("view", "weather_now"), 1);
  EXPECT_TRUE(registry->plan(target, false)->changes.empty());
}

TEST_F(SqliteRegistryTest, VersionsCountEveryChangeOfMeaning) {
  auto registry = open_registry();
  apply(registry.get(), manifest_of(kWeatherYaml));
  apply(registry.get(), manifest_of(replaced(kWeatherYaml, "ttl: 1h", "ttl: 2h")));
  EXPECT_EQ(*registry->version_of("view", "weather_now"), 2);
  EXPECT_EQ(*registry->version_of("source", "weather"), 1);
  apply(registry.get(), manifest_of(replaced(kWeatherYaml, "ttl: 1h", "ttl: 2h\n    owner: ops")));
  EXPECT_EQ(*registry->version_of("view", "weather_now"), 2) << "an owner is no meaning";
  EXPECT_EQ(registry->manifest(nullptr)->feature_views(0).owner(), "ops") << "but it is kept";
  apply(registry.get(), manifest_of("entities: [{name: origin}]"));
  Result<int64_t> gone = registry->version_of("view", "weather_now");
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.status().code(), Code::kNotFound);
  Plan again = apply(registry.get(), manifest_of(kWeatherYaml));
  EXPECT_EQ(*registry->version_of("view", "weather_now"), 3) << "a number is never used twice";
  EXPECT_EQ(*registry->version_of("entity", "origin"), 1);
  int64_t revision = 0;
  ASSERT_TRUE(registry->manifest(&revision).ok());
  EXPECT_EQ(revision, 5);
}

TEST_F(SqliteRegistryTest, PlacesAreRefreshedWithoutANewVersion) {
  auto registry = open_registry();
  apply(registry.get(), manifest_of(kWeatherYaml));
  apply(registry.get(), manifest_of("\n\n" + replaced(kWeatherYaml, "{name: delay_v1", "{name: delay_v2")));
  EXPECT_EQ(registry->manifest(nullptr)->entities(0).origin().line(), 4);
  EXPECT_EQ(*registry->version_of("entity", "origin"), 1);
}

TEST_F(SqliteRegistryTest, UnknownObjectsSuggest) {
  auto registry = open_registry();
  apply(registry.get(), manifest_of(kWeatherYaml));
  EXPECT_EQ(registry->version_of("view", "weather_new").status().to_string(),
            "GN102 unknown view: weather_new. Did you mean \"weather_now\"?");
}

TEST_F(SqliteRegistryTest, ApplyOfNothingChangesNothing) {
  auto registry = open_registry();
  v1::Manifest target = manifest_of(kWeatherYaml);
  apply(registry.get(), target);
  Result<Plan> none = registry->plan(target, false);
  EXPECT_EQ(*registry->apply(*none, false), 1);
  EXPECT_EQ(*registry->apply(*none, false), 1);
}

TEST_F(SqliteRegistryTest, PartialPlansAddAndChangeOnlyTheirOwn) {
  auto registry = open_registry();
  apply(registry.get(), manifest_of(kWeatherYaml));
  Result<Plan> part = registry->plan(manifest_of("entities: [{name: tail, join_keys: [tailnum]}]"), /*partial=*/true);
  ASSERT_TRUE(part.ok());
  ASSERT_EQ(part->changes.size(), 1u) << plan_to_text(*part);
  EXPECT_EQ(part->target.feature_views_size(), 1) << "the target is the whole";
  ASSERT_TRUE(registry->apply(*part, false).ok());
  EXPECT_EQ(registry->manifest(nullptr)->entities_size(), 2);
  v1::Manifest nameless;
  EXPECT_EQ(registry->plan(nameless, true)->target.project(), "demo") << "a fragment need not name the project";
}

TEST_F(SqliteRegistryTest, APlanOfAnOlderRevisionIsAborted) {
  auto a = open_registry(), b = open_registry();
  Result<Plan> plan_a = a->plan(manifest_of("entities: [{name: a}]"), true);
  Result<Plan> plan_b = b->plan(manifest_of("entities: [{name: b}]"), true);
  ASSERT_TRUE(a->apply(*plan_a, false).ok());
  Result<int64_t> lost = b->apply(*plan_b, false);
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.status().code(), Code::kAborted);
  EXPECT_EQ(lost.status().info().id, "GN140");
  EXPECT_FALSE(lost.status().info().hint.empty());
  EXPECT_EQ(b->manifest(nullptr)->entities_size(), 1) << "the loser changed nothing";
  ASSERT_TRUE(b->apply(*b->plan(manifest_of("entities: [{name: b}]"), true), false).ok());
  EXPECT_EQ(a->manifest(nullptr)->entities_size(), 2);
}

TEST_F(SqliteRegistryTest, DestructiveChangesNeedToBeAllowed) {
  auto registry = open_registry();
  apply(registry.get(), manifest_of(kWeatherYaml));
  Result<Plan> removal = registry->plan(manifest_of("entities: [{name: origin}]"), false);
  Result<int64_t> refused = registry->apply(*removal, /*allow_destructive=*/false);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().info().id, "GN141");
  removal->changes.clear();
  EXPECT_FALSE(registry->apply(*removal, false).ok()) << "a plan that hides its changes is planned again";
  EXPECT_TRUE(registry->apply(*removal, true).ok());
  EXPECT_EQ(registry->manifest(nullptr)->feature_views_size(), 0);
}

TEST_F(SqliteRegistryTest, ADifferentDefinitionTwiceIsRefused) {
  auto registry = open_registry();
  Result<Plan> plan = registry->plan(manifest_of("entities:\n  - {name: a}\n  - {name: a, join_keys: [b]}"), false);
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.status().info().id, "GN103");
}

TEST_F(SqliteRegistryTest, RunsAndSteps) {
  auto registry = open_registry();
  Result<int64_t> first = registry->begin_run("run");
  ASSERT_TRUE(first.ok()) << first.status().to_string();
  RunStep step{"weather", "check", "ok", 100, 99, 1, 4096, 0.25, "wind_speed: 1 row quarantined"};
  ASSERT_TRUE(registry->record_step(*first, step).ok());
  ASSERT_TRUE(registry->record_step(*first, {"weather_now", "store", "failed", 99, 0, 0, 0, 0, ""}).ok());
  EXPECT_EQ(registry->run(*first)->status, "running");
  ASSERT_TRUE(registry->end_run(*first, "failed").ok());
  Result<int64_t> second = registry->begin_run("materialize");
  ASSERT_TRUE(registry->end_run(*second, "ok").ok());

  auto run = open_registry()->run(*first);
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(run->kind, "run");
  EXPECT_EQ(run->status, "failed");
  EXPECT_GT(run->started_us, 0);
  EXPECT_GE(run->ended_us, run->started_us);
  ASSERT_EQ(run->steps.size(), 2u);
  EXPECT_EQ(run->steps[0].view, "weather");
  EXPECT_EQ(run->steps[0].rows_out, 99);
  EXPECT_EQ(run->steps[0].bytes, 4096);
  EXPECT_EQ(run->steps[0].seconds, 0.25);
  EXPECT_EQ(run->steps[0].message, step.message);
  EXPECT_EQ(run->steps[1].step, "store");

  auto runs = registry->runs(10);
  ASSERT_EQ(runs->size(), 2u);
  EXPECT_EQ((*runs)[0].id, *second) << "newest first";
  EXPECT_EQ(registry->runs(1)->size(), 1u);

  EXPECT_EQ(registry->run(99).status().info().id, "GN143");
  EXPECT_EQ(registry->record_step(99, step).info().id, "GN143");
  EXPECT_EQ(registry->record_step(*first, step).info().id, "GN144");
  EXPECT_EQ(registry->end_run(*first, "ok").info().id, "GN144");
}

TEST_F(SqliteRegistryTest, NamedValues) {
  auto registry = open_registry();
  EXPECT_EQ(*registry->get_value("snapshot"), std::nullopt);
  std::string bytes("a\0b", 3);
  ASSERT_TRUE(registry->set_values({{"snapshot", "1"}, {"other", bytes}, {"empty", ""}}).ok());
  ASSERT_TRUE(registry->set_values({{"snapshot", "2"}}).ok());
  auto again = open_registry();
  EXPECT_EQ(**again->get_value("snapshot"), "2");
  EXPECT_EQ(**again->get_value("other"), bytes);
  EXPECT_EQ(**again->get_value("empty"), "");
  EXPECT_TRUE(registry->set_values({}).ok());
}

}  // namespace
}  // namespace gnomon
