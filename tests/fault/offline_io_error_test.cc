// Every durable step of a commit fails once, without and after its effect.
#include <functional>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "gnomon/offline_table.h"
#include "unit/offline_sample_rows.h"

namespace gnomon {
namespace {

using test::id_rows;
using test::sorted_ids;

enum class Effect { kNone, kDone };

// The real disk, but for the n-th durable call, which reports an I/O error: instead of its effect, or after it, as a failed
// fsync does.
class FailingEnv : public Env {
 public:
  FailingEnv(int failing_call, Effect effect) : calls_left_(failing_call), effect_(effect) {}

  bool has_failed() const { return calls_left_ < 0; }

  TimeUs now_us() override { return real_->now_us(); }
  uint64_t random_u64() override { return real_->random_u64(); }
  Result<std::string> read_file(const std::string& path) override { return real_->read_file(path); }
  void kill_point(std::string_view) override {}
  Status write_file_atomic(const std::string& path, std::string_view bytes) override {
    return step([&] { return real_->write_file_atomic(path, bytes); });
  }
  Status put_if_absent(const std::string& path, std::string_view bytes) override {
    return step([&] { return real_->put_if_absent(path, bytes); });
  }
  Status sync_file(const std::string& path) override {
    return step([&] { return real_->sync_file(path); });
  }
  Status make_dirs(const std::string& path) override {
    return step([&] { return real_->make_dirs(path); });
  }
  Status remove_file(const std::string& path) override {
    return step([&] { return real_->remove_file(path); });
  }

 private:
  Status step(const std::function<Status()>& real_step) {
    if (calls_left_-- != 0) return real_step();
    if (effect_ == Effect::kDone) GN_TRY(real_step());
    return Status(Code::kUnavailable, "GN502", "Input/output error");
  }

  Env* real_ = Env::real();
  int calls_left_;
  Effect effect_;
};

class OfflineIoErrorTest : public testing::TestWithParam<Effect> {};

TEST_P(OfflineIoErrorTest, LeavesTheTableBeforeOrAfter) {
  int failed = 0;
  int visible = 0;
  for (int call = 0;; ++call) {
    SCOPED_TRACE(testing::Message() << "durable call " << call);
    test::TemporaryFolder folder;
    ASSERT_TRUE(OfflineTable(folder / "table", Env::real()).commit(*id_rows(0, 2), {}).ok());
    FailingEnv env(call, GetParam());
    Result<OfflineSnapshot> committed =
        OfflineTable(folder / "table", &env).commit(*id_rows(2, 2), {CommitMode::kAppend, "run", 1});
    OfflineTable table(folder / "table", Env::real());
    Result<OfflineSnapshot> snapshot = table.snapshot();
    ASSERT_TRUE(snapshot.ok()) << snapshot.status().to_string();
    EXPECT_TRUE(table.verify().ok());
    size_t row_count = sorted_ids(*snapshot).size();
    EXPECT_TRUE(row_count == 2 || row_count == 4) << row_count;
    EXPECT_TRUE(!committed.ok() || row_count == 4);
    if (!committed.ok() && row_count == 4) ++visible;
    Result<OfflineSnapshot> again = table.commit(*id_rows(2, 2), {CommitMode::kAppend, "run", 1});
    ASSERT_TRUE(again.ok()) << again.status().to_string();
    EXPECT_EQ(sorted_ids(*again), (std::vector<int64_t>{0, 1, 2, 3}));
    if (!env.has_failed()) break;
    failed += committed.ok() ? 0 : 1;
  }
  EXPECT_GE(failed, 4) << "folder, data file twice, entry";
  EXPECT_EQ(visible, GetParam() == Effect::kDone ? 1 : 0) << "only the last sync of the entry may fail after it is visible";
}

INSTANTIATE_TEST_SUITE_P(EitherWay, OfflineIoErrorTest, testing::Values(Effect::kNone, Effect::kDone),
                         [](const auto& info) { return info.param == Effect::kNone ? "WithoutEffect" : "AfterItsEffect"; });

}  // namespace
}  // namespace gnomon
