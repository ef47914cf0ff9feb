// A hand in the online store is found: what was served cannot be explained by anything that was loaded.
#include <arrow/api.h>
#include <gtest/gtest.h>

#include "engine/load_log.h"
#include "engine/window_state.h"
#include "engine_shop.h"
#include "gnomon/window_store.h"
#include "stores/entity_key.h"

namespace gnomon {
namespace {

constexpr TimeUs kBeginning = std::numeric_limits<TimeUs>::min();
constexpr TimeUs kEnd = std::numeric_limits<TimeUs>::max();
constexpr uint8_t kMostLevels = 8;

std::shared_ptr<arrow::RecordBatch> user_row(int64_t user) {
  arrow::Int64Builder builder;
  EXPECT_TRUE(builder.Append(user).ok());
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("user", arrow::int64())}), 1, {*builder.Finish()});
}

std::shared_ptr<arrow::Array> number(std::optional<int64_t> value) {
  arrow::Int64Builder builder;
  EXPECT_TRUE((value.has_value() ? builder.Append(*value) : builder.AppendNull()).ok());
  return *builder.Finish();
}

std::unique_ptr<OnlineStore> store_of(const Shop& shop) {
  auto store = open_embedded_online_store(shop.folder() + "/.gnomon/online", OpenMode::kOwn, Env::real());
  EXPECT_TRUE(store.ok()) << store.status().to_string();
  return std::move(*store);
}

TEST(Verify, HealthyAnswersMatch) {
  Shop shop;
  auto engine = shop.open();
  EXPECT_EQ(ask(*engine, "amount"), (std::vector<double>{20, 5}));
  EXPECT_EQ(ask(*engine, "total"), (std::vector<double>{30, 5}));
  auto report = engine->verify({});
  ASSERT_TRUE(report.ok()) << report.status().to_string();
  EXPECT_TRUE(report->all_match());
  EXPECT_EQ(report->answers, 2);
  for (const char* name : {"latest:amount", "spend:total"}) {
    EXPECT_EQ(feature_of(*report, name).compared, 4);
    EXPECT_EQ(feature_of(*report, name).as_trained, 4);
  }
}

TEST(Verify, AnAlteredRowIsFound) {
  Shop shop;
  auto engine = shop.open();
  const OnlineViewSpec spec = (*Shop::definitions(*engine)->view("latest"))->online;
  engine.reset();
  {
    auto store = store_of(shop);
    auto schema = arrow::schema({arrow::field("user", arrow::int64()), arrow::field("amount", arrow::int64()),
                                 arrow::field(kEventTime, arrow::int64()), arrow::field(kCreatedTime, arrow::int64()),
                                 arrow::field(kKnownAt, arrow::int64())});
    auto row = arrow::RecordBatch::Make(
        schema, 1, {number(2), number(666), number(1'715'000'000'000'000), number(std::nullopt), number(std::nullopt)});
    ASSERT_TRUE(store->write(spec, {row}, Env::real()->now_us(), {}).ok());
  }
  engine = shop.open();
  EXPECT_EQ(ask(*engine, "amount"), (std::vector<double>{20, 666}));
  auto report = engine->verify({});
  ASSERT_TRUE(report.ok()) << report.status().to_string();
  EXPECT_FALSE(report->all_match());
  const VerifiedFeature& amount = feature_of(*report, "latest:amount");
  EXPECT_EQ(amount.matched, 1);
  EXPECT_EQ(amount.reasons, (ReasonCounts{{"UNEXPLAINED", 1}}));
  ASSERT_EQ(amount.first.size(), 1u);
  EXPECT_EQ(amount.first[0].row, "user=2");
  EXPECT_EQ(amount.first[0].served, "666");
  EXPECT_EQ(amount.first[0].expected, "5");
  EXPECT_EQ(feature_of(*report, "spend:total").matched, 2);
}

TEST(Verify, AlteredTilesAreFound) {
  Shop shop;
  auto engine = shop.open();
  auto definitions = Shop::definitions(*engine);
  const ViewDefinition& view = **definitions->view("spend");
  engine.reset();
  {
    auto store = store_of(shop);
    auto mark = read_window_mark(*store, view);
    ASSERT_TRUE(mark.ok() && mark->has_value());
    const std::string name_space = (*mark)->name_space(view);
    EntityKeys one, two;
    ASSERT_TRUE(encode_entity_keys(*view.keys, *user_row(1), &one).ok());
    ASSERT_TRUE(encode_entity_keys(*view.keys, *user_row(2), &two).ok());
    std::vector<WindowRecord> records;  // the first user's, given to the second
    for (uint8_t level = 0; level < kMostLevels; ++level) {
      ASSERT_TRUE(store->windows()
                      ->scan_records(name_space, one.bytes[0], level, kBeginning, kEnd, false,
                                     [&](TimeUs start, std::string_view bytes) {
                                       records.push_back({std::string(two.bytes[0]), level, start, std::string(bytes)});
                                       return true;
                                     })
                      .ok());
    }
    ASSERT_FALSE(records.empty());
    ASSERT_TRUE(store->windows()->write_records(name_space, records, {}).ok());
  }
  engine = shop.open();
  EXPECT_EQ(ask(*engine, "total"), (std::vector<double>{30, 30}));
  auto report = engine->verify({});
  ASSERT_TRUE(report.ok()) << report.status().to_string();
  EXPECT_EQ(feature_of(*report, "spend:total").reasons, (ReasonCounts{{"UNEXPLAINED", 1}}));
  EXPECT_EQ(feature_of(*report, "latest:amount").matched, 2);
}

TEST(Verify, AForgottenLoadIsFound) {
  Shop shop;
  auto engine = shop.open();
  ask(*engine, "amount");
  const std::string name = load_log_name(**Shop::definitions(*engine)->view("latest"));
  const OnlineViewSpec spec = (*Shop::definitions(*engine)->view("latest"))->online;
  engine.reset();
  ASSERT_TRUE(store_of(shop)->write(spec, {}, Env::real()->now_us(), {{name + "|loads", "0"}}).ok());
  auto report = shop.open()->verify({});
  ASSERT_TRUE(report.ok()) << report.status().to_string();
  EXPECT_EQ(feature_of(*report, "latest:amount").reasons, (ReasonCounts{{"UNEXPLAINED", 2}}));
}

}  // namespace
}  // namespace gnomon
