// A project in a folder of its own, written as people write it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gnomon/registry.h"

namespace gnomon {

class RegistryTest : public testing::Test {
 protected:
  RegistryTest() {
    std::string pattern = testing::TempDir() + "gnomon_registry_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~RegistryTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  void write(const std::string& file, const std::string& text) {
    std::filesystem::path path = std::filesystem::path(folder_) / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }

  Result<v1::Manifest> load(const std::string& yaml) {
    write("gnomon.yaml", "project: demo\n");
    write("features/all.yaml", yaml);
    return load_yaml_definitions(folder_);
  }

  // REQUIRES: the text is good YAML.
  v1::Manifest manifest_of(const std::string& yaml) {
    Result<v1::Manifest> manifest = load(yaml);
    EXPECT_TRUE(manifest.ok()) << manifest.status().to_string();
    return manifest.ok() ? *manifest : v1::Manifest();
  }

  std::string registry_path() const { return folder_ + "/.gnomon/registry.db"; }

  std::unique_ptr<Registry> open_registry(Env* env = Env::real()) {
    Result<std::unique_ptr<Registry>> registry = open_sqlite_registry(registry_path(), env);
    EXPECT_TRUE(registry.ok()) << registry.status().to_string();
    return registry.ok() ? std::move(*registry) : nullptr;
  }

  // Plans and applies the whole project; returns the plan as it was before.
  Plan apply(Registry* registry, const v1::Manifest& target) {
    Result<Plan> plan = registry->plan(target, /*partial=*/false);
    EXPECT_TRUE(plan.ok()) << plan.status().to_string();
    Result<int64_t> revision = registry->apply(*plan, /*allow_destructive=*/true);
    EXPECT_TRUE(revision.ok()) << revision.status().to_string();
    return *plan;
  }

  std::string folder_;
};

// interfaces.md's weather, in YAML.
inline const char* const kWeatherYaml = R"(entities:
  - {name: origin}
sources:
  - file: {name: weather, path: data/weather.parquet, timestamp_field: time_hour,
           expect: [{unique: {columns: [origin, time_hour]}}, {between: {column: wind_speed, min: 0, max: 100}, on_fail: quarantine}]}
feature_views:
  - name: weather_now
    entities: [origin]
    source: weather
    ttl: 1h
    timestamp_field: time_hour
    sql: select origin, time_hour, temp, wind_speed from weather
    schema: [{name: temp, dtype: Float32}, {name: wind_speed, dtype: Float64}]
feature_services:
  - {name: delay_v1, features: [weather_now]}
)";

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << "not in the text: " << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

}  // namespace gnomon
