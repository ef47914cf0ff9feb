// A read of windows while another generation is switched to, or while its entity is written: it sees one state whole, whenever that comes.
#include <filesystem>
#include <fstream>
#include <functional>

#include <arrow/api.h>
#include <arrow/compute/initialize.h>
#include <gtest/gtest.h>

#include "engine/online_windows.h"
#include "engine/project.h"
#include "engine/view_rows.h"
#include "engine/window_state.h"
#include "features/tiles/tile_builder.h"
#include "stores/entity_key.h"
#include "unit/offline_sample_rows.h"

namespace gnomon {
namespace {

constexpr TimeUs kHourUs = 3'600'000'000;
constexpr const char* kYaml = R"(
entities:
  - {name: user, join_keys: [user_id]}
sources:
  - file: {name: payments, path: payments.csv, timestamp_field: paid_at}
feature_views:
  - name: spend
    entities: [user]
    source: payments
    aggregations:
      - {column: amount, function: sum, window: [1h, 2h]}
)";

// The store, but that something happens between a look at a mark and the opening of a reader, the next `times` times; with versions also
// before the look that says whether what was read still holds.
class InterruptedStore : public OnlineStore, private WindowStore {
 public:
  InterruptedStore(OnlineStore& store, bool tells_versions, int times, std::function<void()> interruption)
      : store_(store), tells_versions_(tells_versions), times_(times), interruption_(std::move(interruption)) {}

  int times_left() const { return times_; }

  Status write(const OnlineViewSpec& view, const arrow::RecordBatchVector& rows, TimeUs now,
               const std::vector<OnlineMark>& marks) override {
    return store_.write(view, rows, now, marks);
  }
  Result<OnlineRows> read(const OnlineViewSpec& view, const arrow::RecordBatch& keys, TimeUs t) override {
    return store_.read(view, keys, t);
  }
  Result<std::optional<std::string>> get_mark(const std::string& name) override { return store_.get_mark(name); }
  Status drop_view(const std::string& view_id) override { return store_.drop_view(view_id); }
  WindowStore* windows() override { return this; }
  uint64_t sequence() override { return store_.sequence(); }

 private:
  Result<std::unique_ptr<WindowReader>> reader(const std::string& name_space) const override {
    interrupt();
    return store_.windows()->reader(name_space);
  }
  Status write_records(const std::string& name_space, std::span<const WindowRecord> records,
                       const std::vector<OnlineMark>& marks) override {
    return store_.windows()->write_records(name_space, records, marks);
  }
  Status load_records(const std::string& name_space, std::span<const WindowRecord> records) override {
    return store_.windows()->load_records(name_space, records);
  }
  Status flush_records(const std::string& name_space) override { return store_.windows()->flush_records(name_space); }
  Status scan_records(const std::string& name_space, std::string_view entity, uint8_t level, TimeUs from, TimeUs to,
                      bool descending, const WindowRecordFn& fn) const override {
    return store_.windows()->scan_records(name_space, entity, level, from, to, descending, fn);
  }
  std::optional<uint64_t> version(std::string_view entity) const override {
    if (!tells_versions_) return std::nullopt;
    if (++looks_ % 2 == 0) interrupt();
    return store_.windows()->version(entity);
  }
  Result<int64_t> remove_before(const std::string& name_space, std::span<const TimeUs> before) override {
    return store_.windows()->remove_before(name_space, before);
  }
  Status drop_records(const std::string& name_space) override { return store_.windows()->drop_records(name_space); }

  void interrupt() const {
    if (times_ == 0) return;
    --times_;
    interruption_();
  }

  OnlineStore& store_;
  bool tells_versions_;
  mutable int looks_ = 0;
  mutable int times_;
  std::function<void()> interruption_;
};

// Whether records may be kept in memory between reads.
class InterruptedRead : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(arrow::compute::Initialize().ok());
    std::filesystem::create_directories(folder_ / "features");
    std::ofstream(folder_ / "features/spend.yaml") << kYaml;
    std::ofstream(folder_ / "payments.csv")
        << "user_id,paid_at,amount\n1,1970-01-01T00:10:00Z,2.5\n1,1970-01-01T00:20:00Z,4\n";
    EngineOptions options;
    options.project_dir = folder_ / "";
    auto engine = Engine::open(options);
    ASSERT_TRUE(engine.ok()) << engine.status().to_string();
    auto plan = (*engine)->plan(std::nullopt);
    ASSERT_TRUE(plan.ok()) << plan.status().to_string();
    ASSERT_TRUE((*engine)->apply(*plan, false).ok());
    engine->reset();
    project_.env = Env::real();
    project_.dir = std::filesystem::path(folder_ / "").parent_path();
    project_.state_dir = project_.dir + "/.gnomon";
    definitions_ = *project_.definitions();
    definition_ = *definitions_->view("spend");
    build_generation();
  }

  // Builds the same state again, as the next generation; the one before is dropped.
  void build_generation() {
    auto history = view_history(project_, *definition_, PushedRows::kOffline);
    ASSERT_TRUE(history.ok()) << history.status().to_string();
    auto report = rebuild_windows(project_, *definition_, *history, 0, 2 * kHourUs);
    ASSERT_TRUE(report.ok()) << report.status().to_string();
  }

  std::shared_ptr<arrow::RecordBatch> the_user() const {
    arrow::Int64Builder users;
    EXPECT_TRUE(users.Append(1).ok());
    return arrow::RecordBatch::Make(definition_->keys, 1, {*users.Finish()});
  }

  // Adds payments of the user to the state that is served, in one write.
  void add_payments(const std::vector<TimeUs>& times, double amount) {
    OnlineStore& store = **project_.online();
    EntityKeys keys;
    ASSERT_TRUE(encode_entity_keys(*definition_->keys, *the_user(), &keys).ok());
    auto mark = read_window_mark(store, *definition_);
    ASSERT_TRUE(mark.ok() && mark->has_value());
    const std::string name = (*mark)->name_space(*definition_);
    const StateLayout& layout = definition_->aggregated->state;
    EventBatch events;
    events.reset(layout);
    events.event_time = events.visible_from = times;
    events.created_time.assign(times.size(), INT64_MIN);
    events.columns.at(0).floats.assign(times.size(), amount);
    auto reader = store.windows()->reader(name);
    ASSERT_TRUE(reader.ok());
    const auto scan = [&](uint8_t level, TimeUs from, TimeUs to, bool descending, const WindowRecordFn& fn) {
      return (*reader)->scan(keys.bytes[0], level, from, to, descending, fn);
    };
    auto records = add_events(layout, events.view(), {keys.bytes[0], 0, events.size()}, scan);
    ASSERT_TRUE(records.ok()) << records.status().to_string();
    ASSERT_TRUE(store.windows()->write_records(name, *records, {}).ok());
  }

  // What is answered at one o'clock while the switch comes `times` times.
  std::string answer(int times) {
    return answer("amount_sum_1h", kHourUs, times, [this] { build_generation(); });
  }

  std::string answer(const std::string& feature, TimeUs t, int times, std::function<void()> interruption) {
    InterruptedStore store(**project_.online(), GetParam(), times, std::move(interruption));
    auto keys = the_user();
    const std::vector<size_t> features = {static_cast<size_t>(definition_->features->GetFieldIndex(feature))};
    while (true) {
      auto windows = OnlineWindows::begin(store, *definition_, features, *keys, nullptr, t);
      if (!windows.ok()) return windows.status().to_string();
      auto found = (*windows)->finish();
      if (found.status().code() == Code::kAborted) continue;
      if (!found.ok()) return found.status().to_string();
      EXPECT_EQ(store.times_left(), 0);
      return (*found->columns[0].values->GetScalar(0))->ToString();
    }
  }

  test::TemporaryFolder folder_;
  Engine::Impl project_;
  std::shared_ptr<const Definitions> definitions_;
  const ViewDefinition* definition_ = nullptr;
};

TEST_P(InterruptedRead, AReaderOfADroppedGenerationIsNotBelieved) {
  EXPECT_EQ(answer(0), "6.5");
  EXPECT_EQ(answer(1), "6.5");
  EXPECT_EQ(answer(3), "6.5");
}

// Hour 11 is kept from the first read, hour 10 has to be cut and read anew: a payment that is added to both in between counts twice or not
// at all.
TEST_P(InterruptedRead, AWriteInTheMiddleIsSeenWhole) {
  std::vector<TimeUs> times;
  for (int i = 0; i < 24; ++i) times.push_back(10 * kHourUs + i * kHourUs / 12);
  add_payments(times, 1);
  EXPECT_EQ(answer("amount_sum_2h", 12 * kHourUs, 0, {}), "24");
  const auto write = [this] { add_payments({10 * kHourUs + 5 * kHourUs / 6, 11 * kHourUs + 5 * kHourUs / 6}, 100); };
  EXPECT_EQ(answer("amount_sum_2h", 12 * kHourUs + kHourUs / 2, 1, write), "218");
}

// The read began when the state still reached back far enough; what it finds is only a part.
TEST_P(InterruptedRead, ACompactionInTheMiddleGivesNoPartialValue) {
  std::vector<TimeUs> times;
  for (int i = 0; i < 24; ++i) times.push_back(10 * kHourUs + i * kHourUs / 12);
  add_payments(times, 1);
  EXPECT_EQ(answer("amount_sum_2h", 12 * kHourUs + kHourUs / 2, 0, {}), "18");
  const auto compact = [this] {
    const auto removed = compact_windows(**project_.online(), *definition_, 13 * kHourUs + kHourUs / 10);
    ASSERT_TRUE(removed.ok()) << removed.status().to_string();
    EXPECT_GT(*removed, 0);
  };
  EXPECT_EQ(answer("amount_sum_2h", 12 * kHourUs + kHourUs / 4, 1, compact), "null");
  EXPECT_EQ(answer("amount_sum_1h", 12 * kHourUs + kHourUs / 4, 0, {}), "9");
}

INSTANTIATE_TEST_SUITE_P(Kept, InterruptedRead, testing::Bool());

}  // namespace
}  // namespace gnomon
