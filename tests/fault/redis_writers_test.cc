// Writers that die half-way, that are replaced, and that write at the same time; and controls which show that the checks can fail.
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "dying_env.h"
#include "gnomon/window_store.h"
#include "redis_fixture.h"
#include "window_store_rounds.h"

namespace gnomon {
namespace {

class RedisWriters : public testing::Test {
 protected:
  void SetUp() override { server_ = std::make_unique<RedisServerProcess>(); }

  std::unique_ptr<OnlineStore> open(const ScratchFolder& folder, Env* env = Env::real()) {
    return open_store(server_->connection(), folder.path(), env, 5'000);
  }

  // A process that writes rounds of windows and rows and ends at the second visit of `point`.
  void write_until(const std::string& point, const ScratchFolder& folder) {
    const pid_t writer = ::fork();
    if (writer == 0) {
      DyingEnv env(point, 2);
      auto store = open(folder, &env);
      for (TimeUs round = 1; store != nullptr && round < 5; ++round) {
        const std::vector<OnlineMark> marks = {{"round", std::to_string(round)}};
        if (!store->windows()->write_records(kWindowRounds, window_rounds(round), marks).ok()) ::_exit(3);
        if (!write_facts(*store, user_view(), {{0, round, round}}, {{"rows", std::to_string(round)}}).ok()) ::_exit(4);
      }
      ::_exit(2);
    }
    int status = 0;
    ::waitpid(writer, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    ASSERT_NE(WEXITSTATUS(status), 2) << point << " was not visited";
    ASSERT_NE(WEXITSTATUS(status), 3);
    ASSERT_NE(WEXITSTATUS(status), 4);
  }

  std::unique_ptr<RedisServerProcess> server_;
};

TEST_F(RedisWriters, AKilledWriteOfWindowsIsWholeOrAbsent) {
  for (const auto& [point, expected] : {std::pair("redis.after_log", "2"), std::pair("redis.after_records", "2")}) {
    server_->call({"FLUSHALL"});
    const ScratchFolder folder;
    write_until(point, folder);
    EXPECT_EQ(server_->call({"EXISTS", fmt::format("{}:{{meta}}:log", kPrefix)}), "1");
    auto store = open(folder);
    EXPECT_EQ(rounds_seen(*store), expected) << point;
    ASSERT_TRUE(store->windows()->write_records(kWindowRounds, window_rounds(9), {{"round", "9"}}).ok());
    EXPECT_EQ(rounds_seen(*store), "9");
  }
}

// The control: without the log such a write is torn, and that is seen.
TEST_F(RedisWriters, WithoutTheLogAKilledWriteIsTorn) {
  const ScratchFolder folder;
  write_until("redis.after_records", folder);
  server_->call({"DEL", fmt::format("{}:{{meta}}:log", kPrefix)});
  EXPECT_EQ(rounds_seen(*open(folder)), "records of 2, mark 1");
}

TEST_F(RedisWriters, MarksComeAfterTheRows) {
  const ScratchFolder folder;
  write_until("redis.after_rows", folder);
  auto store = open(folder);
  EXPECT_EQ(read_users(*store, user_view(), 1)[0], "2");
  EXPECT_EQ(store->get_mark("rows")->value_or(""), "1") << "the mark says less than is there, never more";
  const std::string before = server_->call({"GET", row_key(0)});
  ASSERT_TRUE(write_facts(*store, user_view(), {{0, 2, 2}}, {{"rows", "2"}}).ok());
  EXPECT_EQ(server_->call({"GET", row_key(0)}), before) << "the same again writes nothing";
  EXPECT_EQ(store->get_mark("rows")->value_or(""), "2");
}

TEST_F(RedisWriters, AReplacedWriterCannotMoveMarksOrWindows) {
  const ScratchFolder one, two;
  auto old_writer = open(one);
  ASSERT_TRUE(old_writer->windows()->write_records(kWindowRounds, window_rounds(1), {{"round", "1"}}).ok());
  auto new_writer = open(two);
  ASSERT_TRUE(new_writer->windows()->write_records(kWindowRounds, window_rounds(2), {{"round", "2"}}).ok());
  EXPECT_EQ(old_writer->windows()->write_records(kWindowRounds, window_rounds(3), {{"round", "3"}}).info().id, "GN531");
  EXPECT_EQ(write_facts(*old_writer, user_view(), {{0, 1, 1}}, {{"rows", "1"}}).info().id, "GN531");
  EXPECT_EQ(old_writer->windows()->drop_records(kWindowRounds).info().id, "GN531");
  EXPECT_EQ(rounds_seen(*new_writer), "2");
  EXPECT_EQ(rounds_seen(*old_writer), "2") << "it reads on";
  EXPECT_TRUE(write_facts(*old_writer, user_view(), {{1, 5, 5}}).ok()) << "rows merge, whoever writes them";
  std::this_thread::sleep_for(std::chrono::milliseconds(150));  // a view that another process began is known after 100 ms
  EXPECT_EQ(read_users(*new_writer, user_view(), 2), (std::vector<std::string>{"1", "5"}));
}

// Four writers, two of them in one process, push rows of few users in random order: the newest of each stays.
TEST_F(RedisWriters, ANewerRowStaysWhateverTheRace) {
  constexpr int64_t kUsers = 5;
  constexpr int64_t kRows = 400;
  const ScratchFolder one, two;
  std::unique_ptr<OnlineStore> stores[] = {open(one), open(two)};
  std::vector<std::thread> writers;
  for (unsigned writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&stores, writer] {
      std::mt19937_64 random(writer);
      std::vector<Fact> facts;
      for (int64_t row = writer; row < kRows; row += 4) facts.push_back({row % kUsers, row, row});
      std::shuffle(facts.begin(), facts.end(), random);
      for (const Fact& fact : facts) {
        const Status written = write_facts(*stores[writer % 2], user_view(), {fact});
        EXPECT_TRUE(written.ok()) << written.to_string();
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  std::vector<std::string> newest;
  for (int64_t user = 0; user < kUsers; ++user) newest.push_back(std::to_string(kRows - kUsers + user));
  EXPECT_EQ(read_users(*stores[0], user_view(), kUsers), newest);
  EXPECT_EQ(read_users(*stores[1], user_view(), kUsers), newest);
}

// The control: a plain SET, without a look at what is there, does take a newer row away, and that is seen.
TEST_F(RedisWriters, APlainSetLosesTheNewerRow) {
  const ScratchFolder folder;
  auto store = open(folder);
  ASSERT_TRUE(write_facts(*store, user_view(), {{0, 1, 1}}).ok());
  const std::string older = server_->call({"GET", row_key(0)});
  ASSERT_TRUE(write_facts(*store, user_view(), {{0, 2, 2}}).ok());
  EXPECT_EQ(read_users(*store, user_view(), 1)[0], "2");
  server_->call({"SET", row_key(0), older});
  EXPECT_EQ(read_users(*store, user_view(), 1)[0], "1");
}

}  // namespace
}  // namespace gnomon
