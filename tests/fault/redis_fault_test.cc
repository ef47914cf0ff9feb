// One server: killed, restarted, paused, full, and what becomes of reads and writes meanwhile.
#include <thread>

#include <gtest/gtest.h>

#include "redis_fixture.h"

namespace gnomon {
namespace {

using std::chrono::milliseconds;

const std::vector<std::string> kDurable = {"--save", "", "--appendonly", "yes", "--appendfsync", "always"};

class RedisFaults : public testing::Test {
 protected:
  void SetUp() override {
    server_ = std::make_unique<RedisServerProcess>(kDurable);
    store_ = open_store(server_->connection(), folder_.path());
    ASSERT_NE(store_, nullptr);
    ASSERT_TRUE(write_facts(*store_, view_, {{0, 10, 100}, {1, 11, 100}}, {{"shop/user@1|mark", "1"}}).ok());
  }

  ScratchFolder folder_;
  OnlineViewSpec view_ = user_view();
  std::unique_ptr<RedisServerProcess> server_;
  std::unique_ptr<OnlineStore> store_;
};

const std::vector<std::string> kAnswers = {"10", "11", "NOT_FOUND"};
const std::vector<std::string> kNoAnswer = {"failed: GN530"};

TEST_F(RedisFaults, AKilledServerIsAnErrorAndARestartedOneAnswers) {
  EXPECT_EQ(read_users(*store_, view_, 3), kAnswers);
  server_->kill();
  const Stopwatch watch;
  EXPECT_EQ(read_users(*store_, view_, 3), kNoAnswer);
  EXPECT_LT(watch.ms(), 1'000);
  OnlineViewSpec never_written = view_;
  never_written.id = "shop/other@1";
  std::this_thread::sleep_for(milliseconds(150));  // older than the copy of the small values may be
  EXPECT_EQ(read_users(*store_, never_written, 3), kNoAnswer) << "somebody else may have written it meanwhile";
  server_->start();
  std::this_thread::sleep_for(milliseconds(600));  // for half a second nobody asks it
  EXPECT_EQ(read_users(*store_, view_, 3), kAnswers) << "what was acknowledged is there";
  EXPECT_EQ(store_->get_mark("shop/user@1|mark")->value_or(""), "1");
}

TEST_F(RedisFaults, AWriteWaitsForARestart) {
  server_->kill();
  Status written;
  std::thread writer([&] { written = write_facts(*store_, view_, {{0, 20, 200}, {2, 22, 200}}); });
  std::this_thread::sleep_for(milliseconds(300));
  server_->start();
  writer.join();
  ASSERT_TRUE(written.ok()) << written.to_string();
  EXPECT_EQ(read_users(*store_, view_, 3), (std::vector<std::string>{"20", "11", "22"}));
}

TEST_F(RedisFaults, APausedServerCostsTheReadTimeoutOnce) {
  server_->pause();
  Stopwatch watch;
  EXPECT_EQ(read_users(*store_, view_, 3), kNoAnswer);
  EXPECT_GE(watch.ms(), 200);
  EXPECT_LT(watch.ms(), 1'500);
  watch = Stopwatch();
  EXPECT_EQ(read_users(*store_, view_, 3), kNoAnswer);
  EXPECT_LT(watch.ms(), 200) << "a server that failed a moment ago is not waited for again";
  server_->resume();
  std::this_thread::sleep_for(milliseconds(600));
  EXPECT_EQ(read_users(*store_, view_, 3), kAnswers);
}

TEST_F(RedisFaults, AFullServerRefusesWritesAndAnswersReads) {
  server_->call({"CONFIG", "SET", "maxmemory", "1"});
  const Status written = write_facts(*store_, view_, {{0, 20, 200}}, {{"shop/user@1|mark", "2"}});
  EXPECT_EQ(written.info().id, "GN501") << written.to_string();
  EXPECT_EQ(written.code(), Code::kResourceExhausted);
  EXPECT_EQ(read_users(*store_, view_, 3), kAnswers);
  EXPECT_EQ(store_->get_mark("shop/user@1|mark")->value_or(""), "1");
  server_->call({"CONFIG", "SET", "maxmemory", "0"});
  ASSERT_TRUE(write_facts(*store_, view_, {{0, 20, 200}}).ok());
  EXPECT_EQ(read_users(*store_, view_, 1), (std::vector<std::string>{"20"}));
}

TEST_F(RedisFaults, ScriptsThatWereFlushedAreLoadedAgain) {
  server_->call({"SCRIPT", "FLUSH"});
  ASSERT_TRUE(write_facts(*store_, view_, {{0, 20, 200}}).ok());
  EXPECT_EQ(read_users(*store_, view_, 1), (std::vector<std::string>{"20"}));
}

TEST_F(RedisFaults, ADamagedRowIsNamedAndNotServed) {
  server_->call({"SETRANGE", row_key(0), "60", "?"});
  EXPECT_EQ(read_users(*store_, view_, 1), (std::vector<std::string>{"failed: GN511"}));
  EXPECT_EQ(write_facts(*store_, view_, {{0, 20, 200}}).info().id, "GN511") << "nothing is built on it";
}

TEST_F(RedisFaults, APasswordIsNeededWhereOneIsSet) {
  server_->call({"CONFIG", "SET", "requirepass", "open sesame"});
  RedisOptions options;
  options.connection = server_->connection();
  options.key_prefix = kPrefix;
  const ScratchFolder folder;
  EXPECT_EQ(open_redis_online_store(options, folder.path(), OpenMode::kReadOnly, Env::real()).status().code(),
            Code::kPermissionDenied);
  options.password_env = "REDIS_FAULT_TEST_PASSWORD";
  EXPECT_EQ(open_redis_online_store(options, folder.path(), OpenMode::kReadOnly, Env::real()).status().info().id, "GN532");
  ::setenv("REDIS_FAULT_TEST_PASSWORD", "open sesame", 1);
  auto store = open_redis_online_store(options, folder.path(), OpenMode::kReadOnly, Env::real());
  ASSERT_TRUE(store.ok()) << store.status().to_string();
  EXPECT_EQ(read_users(**store, view_, 3), kAnswers);
  EXPECT_EQ(write_facts(**store, view_, {{0, 20, 200}}).info().id, "GN514");
}

// A clock that tests set.
class LaterEnv : public Env {
 public:
  TimeUs now_us() override { return now; }
  uint64_t random_u64() override { return real_.random_u64(); }
  Status write_file_atomic(const std::string& path, std::string_view bytes) override {
    return real_.write_file_atomic(path, bytes);
  }
  Status put_if_absent(const std::string& path, std::string_view bytes) override { return real_.put_if_absent(path, bytes); }
  Status sync_file(const std::string& path) override { return real_.sync_file(path); }
  Result<std::string> read_file(const std::string& path) override { return real_.read_file(path); }
  Status make_dirs(const std::string& path) override { return real_.make_dirs(path); }
  Status remove_file(const std::string& path) override { return real_.remove_file(path); }
  void kill_point(std::string_view) override {}

  TimeUs now = kNow;

 private:
  Env& real_ = *Env::real();
};

TEST_F(RedisFaults, WhatExpiredIsNeverGuessed) {
  constexpr TimeUs kHour = TimeUs{3'600} * 1'000'000;
  store_.reset();
  server_->call({"FLUSHALL"});
  LaterEnv env;
  store_ = open_store(server_->connection(), folder_.path(), &env);
  view_.ttl_us = kHour;
  ASSERT_TRUE(write_facts(*store_, view_, {{0, 10, 100}}).ok());
  const int64_t seconds = std::stoll(server_->call({"TTL", row_key(0)}));
  EXPECT_GE(seconds, 25 * 3'600 - 60);
  EXPECT_LE(seconds, 25 * 3'600 + 60);
  EXPECT_EQ(read_users(*store_, view_, 1, 100 + kHour + 1)[0], "OUTSIDE_MAX_AGE");
  server_->call({"DEL", row_key(0)});  // as Redis will
  EXPECT_EQ(read_users(*store_, view_, 1, 100)[0], "NOT_FOUND") << "nothing can have expired yet";
  env.now = kNow + 26 * kHour;
  EXPECT_EQ(read_users(*store_, view_, 1, 100)[0], "INVALID");
  EXPECT_EQ(read_users(*store_, view_, 1, env.now)[0], "NOT_FOUND");
  view_.ttl_us = 30 * kHour;  // a longer one: the row would still serve
  EXPECT_EQ(read_users(*store_, view_, 1, env.now)[0], "INVALID");
}

}  // namespace
}  // namespace gnomon
