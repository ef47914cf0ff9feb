// The log of answers is no business of reads: a disk that is slow or full costs them nothing, and what is lost is counted.
#include <condition_variable>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "engine_shop.h"

namespace gnomon {
namespace {

// The real world, but for files of answers: they wait until let go, and fail if told to.
class ServedFilesEnv : public Env {
 public:
  TimeUs now_us() override { return real().now_us(); }
  uint64_t random_u64() override { return real().random_u64(); }
  Status write_file_atomic(const std::string& path, std::string_view bytes) override {
    if (path.find("/served/") == std::string::npos) return real().write_file_atomic(path, bytes);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !holds_; });
    if (is_full_) return Status(Code::kResourceExhausted, "GN501", "disk full");
    return real().write_file_atomic(path, bytes);
  }
  Status put_if_absent(const std::string& path, std::string_view bytes) override {
    return real().put_if_absent(path, bytes);
  }
  Status sync_file(const std::string& path) override { return real().sync_file(path); }
  Result<std::string> read_file(const std::string& path) override { return real().read_file(path); }
  Status make_dirs(const std::string& path) override { return real().make_dirs(path); }
  Status remove_file(const std::string& path) override { return real().remove_file(path); }
  void kill_point(std::string_view name) override { real().kill_point(name); }

  void set_holds(bool holds) {
    std::lock_guard lock(mutex_);
    holds_ = holds;
    changed_.notify_all();
  }
  void set_full(bool is_full) {
    std::lock_guard lock(mutex_);
    is_full_ = is_full;
  }

 private:
  static Env& real() { return *Env::real(); }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool holds_ = false;
  bool is_full_ = false;
};

constexpr int kRequests = 20'000;  // more than wait and are buffered

TEST(ServedLog, ASlowDiskDropsAnswersAndHoldsNoReadUp) {
  Shop shop;
  ServedFilesEnv env;
  auto engine = shop.open(&env);
  ask(*engine, "amount");
  env.set_holds(true);
  std::thread flush([&] { EXPECT_TRUE(engine->flush_served_log().ok()); });  // the writer is at its file, and waits
  for (int i = 0; i < kRequests; ++i) ASSERT_TRUE(engine->get_online_features(both_users()).ok());
  const ServedLogCounters counters = engine->served_log_counters();
  EXPECT_GT(counters.dropped, 0u);
  EXPECT_EQ(counters.logged + counters.dropped, kRequests + 1u);
  env.set_holds(false);
  flush.join();
  auto report = engine->verify({});
  ASSERT_TRUE(report.ok()) << report.status().to_string();
  EXPECT_EQ(report->answers, static_cast<int64_t>(engine->served_log_counters().logged));
  EXPECT_TRUE(report->all_match());
}

TEST(ServedLog, AFullDiskLosesAnswersAndCountsThem) {
  Shop shop;
  ServedFilesEnv env;
  auto engine = shop.open(&env);
  env.set_full(true);
  ask(*engine, "amount");
  EXPECT_EQ(engine->flush_served_log().info().id, "GN501");
  EXPECT_EQ(engine->served_log_counters().failed, 1u);
  env.set_full(false);
  ask(*engine, "amount");
  EXPECT_TRUE(engine->flush_served_log().ok());
  auto report = engine->verify({});
  ASSERT_TRUE(report.ok()) << report.status().to_string();
  EXPECT_EQ(report->answers, 1);
}

TEST(ServedLog, WhatWaitsIsWrittenAtTheEnd) {
  Shop shop;
  ask(*shop.open(), "amount");
  auto report = shop.open()->verify({});
  ASSERT_TRUE(report.ok()) << report.status().to_string();
  EXPECT_EQ(report->answers, 1);
}

}  // namespace
}  // namespace gnomon
