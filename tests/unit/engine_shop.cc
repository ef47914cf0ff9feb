#include "engine_shop.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <arrow/api.h>
#include <gtest/gtest.h>

namespace gnomon {
namespace {

constexpr const char* kDefinitions = R"(
entities:
  - {name: user, join_keys: [user]}
sources:
  - file: {name: payments, path: data/payments.csv, timestamp_field: at}
feature_views:
  - name: latest
    entities: [user]
    source: payments
    schema: [{name: amount, dtype: Int64}]
  - name: spend
    entities: [user]
    source: payments
    aggregations: [{column: amount, function: sum, window: lifetime, name: total}]
)";

}  // namespace

Shop::Shop() {
  std::string pattern = (std::filesystem::temp_directory_path() / "gnomon-shop-XXXXXX").string();
  folder_ = ::mkdtemp(pattern.data());
  write("features/shop.yaml", kDefinitions);
  write("data/payments.csv",
        "user,at,amount\n1,2024-05-01T00:00:00Z,10\n1,2024-05-02T00:00:00Z,20\n2,2024-05-01T00:00:00Z,5\n");
  auto engine = open();
  auto plan = engine->plan(std::nullopt);
  EXPECT_TRUE(plan.ok()) << plan.status().to_string();
  EXPECT_TRUE(engine->apply(*plan, true).ok());
  auto loaded = engine->materialize_incremental(Env::real()->now_us(), {});
  EXPECT_TRUE(loaded.ok()) << loaded.status().to_string();
}

Shop::~Shop() { std::filesystem::remove_all(folder_); }

void Shop::write(const std::string& path, const std::string& text) const {
  const std::filesystem::path file = std::filesystem::path(folder_) / path;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

std::unique_ptr<Engine> Shop::open(Env* env) const {
  EngineOptions options;
  options.project_dir = folder_;
  options.env = env;
  options.served_log = ServedLogOptions{.sample = 1, .roll_every_us = 3'600'000'000};
  return std::move(*Engine::open(std::move(options)));
}

std::shared_ptr<const Definitions> Shop::definitions(Engine& engine) { return *Definitions::compile(*engine.manifest(), 1); }

OnlineRequest both_users() {
  arrow::Int64Builder builder;
  EXPECT_TRUE(builder.AppendValues({1, 2}).ok());
  OnlineRequest request;
  request.features.features = {"latest:amount", "spend:total"};
  request.entity_rows =
      arrow::RecordBatch::Make(arrow::schema({arrow::field("user", arrow::int64())}), 2, {*builder.Finish()});
  return request;
}

std::vector<double> ask(Engine& engine, const std::string& feature) {
  auto answer = engine.get_online_features(both_users());
  EXPECT_TRUE(answer.ok()) << answer.status().to_string();
  std::vector<double> values;
  for (const OnlineColumn& column : answer->columns) {
    if (column.name != feature) continue;
    const auto& numbers = static_cast<const arrow::Int64Array&>(*column.values);
    for (int64_t row = 0; row < numbers.length(); ++row)
      values.push_back(numbers.IsNull(row) ? -1 : static_cast<double>(numbers.Value(row)));
  }
  return values;
}

const VerifiedFeature& feature_of(const VerifyReport& report, const std::string& name) {
  for (const VerifiedFeature& feature : report.features) {
    if (feature.name == name) return feature;
  }
  GN_ASSERT(false);
}

}  // namespace gnomon
