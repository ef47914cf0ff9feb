#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "gnomon/env.h"

namespace gnomon {
namespace {

namespace fs = std::filesystem;

class RealEnvTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "real_env_XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (auto& entry : fs::directory_iterator(folder_)) names.push_back(entry.path().filename());
    return names;
  }

  Env* env_ = Env::real();
  std::string folder_;
};

TEST_F(RealEnvTest, WritesWhatItReads) {
  std::string path = folder_ + "/file";
  for (size_t size : {0, 1, 65'535, 65'536, 65'537, 3'000'000}) {
    std::string bytes(size, 'x');
    if (size > 0) bytes[size / 2] = '\0';
    ASSERT_TRUE(env_->write_file_atomic(path, bytes).ok());
    EXPECT_EQ(*env_->read_file(path), bytes);
  }
  EXPECT_EQ(names(), std::vector<std::string>{"file"}) << "temporary files must not stay";
}

TEST_F(RealEnvTest, PutIfAbsentKeepsTheFirst) {
  std::string path = folder_ + "/entry";
  ASSERT_TRUE(env_->put_if_absent(path, "first").ok());
  Status second = env_->put_if_absent(path, "second");
  EXPECT_EQ(second.code(), Code::kAlreadyExists);
  EXPECT_EQ(*env_->read_file(path), "first");
  EXPECT_EQ(names().size(), 1u);
}

TEST_F(RealEnvTest, PutIfAbsentHasOneWinner) {
  for (int round = 0; round < 20; ++round) {
    std::string path = folder_ + "/entry" + std::to_string(round);
    std::atomic<int> winners{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] { winners += env_->put_if_absent(path, std::string(1000, char('a' + i))).ok() ? 1 : 0; });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(winners.load(), 1);
    std::string bytes = *env_->read_file(path);
    EXPECT_EQ(bytes, std::string(1000, bytes[0]));
  }
  EXPECT_EQ(names().size(), 20u);
}

TEST_F(RealEnvTest, AFailedWriteLeavesTheOldFile) {
  ASSERT_TRUE(env_->make_dirs(folder_ + "/taken/inside").ok());
  Status status = env_->write_file_atomic(folder_ + "/taken", "bytes");  // a folder of that name cannot be replaced
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.info().id, "GN502");
  EXPECT_TRUE(fs::is_directory(folder_ + "/taken/inside"));
  EXPECT_EQ(names().size(), 1u);
}

TEST_F(RealEnvTest, NamesWhatFailed) {
  EXPECT_EQ(env_->read_file(folder_ + "/none").status().code(), Code::kNotFound);
  EXPECT_NE(env_->read_file(folder_ + "/none").status().info().message.find(folder_ + "/none"), std::string::npos);
  EXPECT_EQ(env_->read_file(folder_).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(env_->sync_file(folder_ + "/none").code(), Code::kNotFound);
  EXPECT_EQ(env_->write_file_atomic(folder_ + "/none/file", "x").code(), Code::kNotFound);
  EXPECT_EQ(env_->write_file_atomic(folder_ + "/" + std::string(300, 'n'), "x").code(), Code::kInvalidArgument);
}

TEST_F(RealEnvTest, MakesAllFoldersOfAPath) {
  EXPECT_TRUE(env_->make_dirs(folder_ + "/a/b/c/").ok());
  EXPECT_TRUE(env_->make_dirs(folder_ + "/a/b/c").ok());
  EXPECT_TRUE(env_->make_dirs(folder_ + "/a//d/./e").ok());
  EXPECT_TRUE(env_->make_dirs("/").ok());
  EXPECT_TRUE(fs::is_directory(folder_ + "/a/b/c"));
  EXPECT_TRUE(fs::is_directory(folder_ + "/a/d/e"));
  ASSERT_TRUE(env_->write_file_atomic(folder_ + "/file", "x").ok());
  EXPECT_EQ(env_->make_dirs(folder_ + "/file").code(), Code::kInvalidArgument);
  EXPECT_EQ(env_->make_dirs(folder_ + "/file/inside").code(), Code::kInvalidArgument);
  EXPECT_FALSE(env_->make_dirs("").ok());
}

TEST_F(RealEnvTest, MakesFoldersWithinTheWorkingFolder) {
  fs::path before = fs::current_path();
  fs::current_path(folder_);
  Status status = env_->make_dirs("relative/inner");
  fs::current_path(before);
  EXPECT_TRUE(status.ok());
  EXPECT_TRUE(fs::is_directory(folder_ + "/relative/inner"));
}

TEST_F(RealEnvTest, MakesFoldersConcurrently) {
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round)
        failed += env_->make_dirs(folder_ + "/r" + std::to_string(round) + "/x/y").ok() ? 0 : 1;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed.load(), 0);
}

TEST_F(RealEnvTest, RemovingWhatIsNotThereIsNoError) {
  EXPECT_TRUE(env_->remove_file(folder_ + "/none").ok());
  ASSERT_TRUE(env_->write_file_atomic(folder_ + "/file", "x").ok());
  EXPECT_TRUE(env_->sync_file(folder_ + "/file").ok());
  EXPECT_TRUE(env_->remove_file(folder_ + "/file").ok());
  EXPECT_TRUE(names().empty());
}

TEST_F(RealEnvTest, RandomNumbersDifferInForkedProcesses) {
  env_->random_u64();
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  pid_t child = ::fork();
  if (child == 0) {
    uint64_t value = env_->random_u64();
    ::_exit(::write(pipe_ends[1], &value, sizeof value) == sizeof value ? 0 : 1);
  }
  uint64_t of_parent = env_->random_u64();
  uint64_t of_child = 0;
  ASSERT_EQ(::read(pipe_ends[0], &of_child, sizeof of_child), static_cast<ssize_t>(sizeof of_child));
  ::waitpid(child, nullptr, 0);
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
  EXPECT_NE(of_parent, of_child);
}

TEST_F(RealEnvTest, RandomNumbersDoNotRepeat) {
  std::set<uint64_t> seen;
  for (int i = 0; i < 1'000; ++i) seen.insert(env_->random_u64());
  EXPECT_EQ(seen.size(), 1'000u);
}

TEST_F(RealEnvTest, TheClockIsInMicroseconds) {
  TimeUs before = env_->now_us();
  EXPECT_GT(before, 1'577'836'800'000'000);   // 2020
  EXPECT_LT(before, 32'503'680'000'000'000);  // 3000
}

}  // namespace
}  // namespace gnomon
