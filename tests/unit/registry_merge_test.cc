#include "registry/merge.h"

#include "registry_fixture.h"

namespace gnomon {
namespace {

using Merge = RegistryTest;

TEST_F(Merge, JoinsFragments) {
  v1::Manifest a = manifest_of("entities: [{name: a}]"),
               b = manifest_of("entities: [{name: b}]\nfeature_services: [{name: s, features: [v]}]");
  Result<v1::Manifest> merged = merge_manifests({a, b});
  ASSERT_TRUE(merged.ok());
  EXPECT_EQ(merged->project(), "demo");
  EXPECT_EQ(merged->entities_size(), 2);
  EXPECT_EQ(merged->feature_services_size(), 1);
  EXPECT_TRUE(merge_manifests({}).ok());
}

TEST_F(Merge, EqualDefinitionsAreOneWhereverTheyStand) {
  v1::Manifest a = manifest_of("entities: [{name: a}]"), b = manifest_of("\n\nentities: [{name: a}]");
  Result<v1::Manifest> merged = merge_manifests({a, b});
  ASSERT_TRUE(merged.ok()) << merged.status().to_string();
  EXPECT_EQ(merged->entities_size(), 1);
}

TEST_F(Merge, DifferentDefinitionsNameBothPlaces) {
  v1::Manifest a = manifest_of("entities: [{name: a}]"), b = manifest_of("\n\nentities: [{name: a, join_keys: [x]}]");
  Result<v1::Manifest> merged = merge_manifests({a, b});
  ASSERT_FALSE(merged.ok());
  EXPECT_EQ(merged.status().to_string(),
            "GN103 features/all.yaml:3  entity \"a\" is defined twice, differently; first at features/all.yaml:1. Rename "
            "one of them, or remove it");
}

TEST_F(Merge, TwoProjectNames) {
  v1::Manifest a, b;
  a.set_project("a");
  b.set_project("b");
  EXPECT_FALSE(merge_manifests({a, b}).ok());
  b.clear_project();
  EXPECT_EQ(merge_manifests({b, a})->project(), "a");
}

TEST_F(Merge, OverlayReplacesByNameAndKeepsTheRest) {
  v1::Manifest applied = manifest_of("entities: [{name: b}, {name: a}]");
  v1::Manifest fragment = manifest_of("entities: [{name: b, join_keys: [k]}, {name: c}]");
  v1::Manifest merged = overlay(applied, fragment);
  ASSERT_EQ(merged.entities_size(), 3);
  EXPECT_EQ(merged.entities(0).name(), "a") << "sorted";
  EXPECT_EQ(merged.entities(1).join_keys(0), "k");
}

TEST_F(Merge, DefaultsLeftOutAndWrittenOutAreTheSame) {
  v1::Manifest left_out, written_out;
  left_out.add_entities()->set_name("a");
  left_out.add_sources()->add_expect()->set_type("unique");
  written_out.CopyFrom(left_out);
  written_out.mutable_entities(0)->add_join_keys("a");
  written_out.mutable_sources(0)->mutable_expect(0)->set_on_fail("block");
  EXPECT_EQ(manifest_to_json(normalized(left_out)), manifest_to_json(normalized(written_out)));
}

}  // namespace
}  // namespace gnomon
