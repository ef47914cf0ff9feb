#include "gnomon/registry.h"
#include "registry_fixture.h"

namespace gnomon {
namespace {

using ManifestJson = RegistryTest;

TEST_F(ManifestJson, RoundTripsAndIsCanonical) {
  v1::Manifest manifest = manifest_of(kWeatherYaml);
  std::string text = manifest_to_json(manifest);
  Result<v1::Manifest> again = manifest_from_json(text);
  ASSERT_TRUE(again.ok()) << again.status().to_string();
  EXPECT_EQ(manifest_to_json(*again), text);
  EXPECT_EQ(again->SerializeAsString().size(), manifest.SerializeAsString().size());
  EXPECT_TRUE(text.starts_with(R"({"entities":[)")) << text;
  EXPECT_NE(text.find(R"("ttl_us":"3600000000")"), std::string::npos) << text;
  EXPECT_EQ(text.find("offline_only"), std::string::npos) << "empty fields are left out";
}

TEST_F(ManifestJson, KeysAreSortedWhateverTheirOrder) {
  auto a = manifest_from_json(R"({"project":"p","entities":[{"name":"u","tags":{"b":"2","a":"1"},"join_keys":["k"]}]})");
  auto b = manifest_from_json(
      R"({"entities":[{"join_keys":["k"],"tags":{"a":"1","b":"2"},"name":"u"}],"project":"p","format_version":1})");
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_EQ(manifest_to_json(*a), manifest_to_json(*b));
}

TEST_F(ManifestJson, RefusesWhatIsNotAManifest) {
  const char* bad[] = {
      "",
      "[]",
      "null",
      "{'project':'p'}",
      "{\"project\":\"p\",}",
      R"({"project":"p","colour":"red"})",
      R"({"entities":[{"name":"u","join_key":["k"]}]})",
      R"({"project":"p","project":"q"})",
      R"({"entities":[{"name":"u","name":"v"}]})",
      R"({"entities":"u"})",
      R"({"feature_views":[{"ttl_us":"soon"}]})",
      "{\"project\":\"\xff\"}",
      R"({"project":"p")",
      R"({"project":"p"} x)",
  };
  for (const char* text : bad) {
    Result<v1::Manifest> manifest = manifest_from_json(text);
    ASSERT_FALSE(manifest.ok()) << text;
    EXPECT_EQ(manifest.status().info().id, "GN122") << text;
    EXPECT_EQ(manifest.status().code(), Code::kInvalidArgument) << text;
  }
}

TEST_F(ManifestJson, SurvivesDeepNesting) {
  std::string deep(1'000'000, '[');
  EXPECT_FALSE(manifest_from_json(deep).ok());
  std::string closed = "{\"a\":" + std::string(200'000, '[') + std::string(200'000, ']') + "}";
  EXPECT_FALSE(manifest_from_json(closed).ok());
}

TEST_F(ManifestJson, RefusesANewerFormat) {
  Result<v1::Manifest> manifest = manifest_from_json(R"({"format_version":2})");
  ASSERT_FALSE(manifest.ok());
  EXPECT_EQ(manifest.status().code(), Code::kFailedPrecondition);
}

}  // namespace
}  // namespace gnomon
