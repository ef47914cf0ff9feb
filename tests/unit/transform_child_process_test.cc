// A child gets its bytes and gives its bytes, whatever their number and whoever stops first.
#include <csignal>

#include <dirent.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child_process.h"

namespace gnomon {
namespace {

ChildResult result_of(const std::vector<std::string>& arguments, const std::vector<std::string_view>& input = {}) {
  Result<ChildResult> result = run_child_process({arguments, input});
  EXPECT_TRUE(result.ok()) << result.status().to_string();
  return result.ok() ? *result : ChildResult{};
}

int open_descriptors() {
  int count = 0;
  DIR* folder = opendir("/proc/self/fd");
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

TEST(ChildProcess, MoreThanAnyPipeHoldsInBothDirections) {
  std::string big(32 << 20, 'x');
  for (size_t i = 0; i < big.size(); i += 97) big[i] = static_cast<char>(i);
  ChildResult result = result_of({"cat"}, {"head", "", big});
  EXPECT_TRUE(result.ok());
  EXPECT_TRUE(result.output == "head" + big);
}

TEST(ChildProcess, AChildThatDoesNotReadIsNoError) {
  std::string big(8 << 20, 'x');
  EXPECT_TRUE(result_of({"true"}, {big}).ok());
  ChildResult some = result_of({"sh", "-c", "head -c 3; exit 7"}, {big});
  EXPECT_EQ(some.output, "xxx");
  EXPECT_EQ(some.exit_code, 7);
  EXPECT_EQ(some.ending(), "exited with 7");
}

TEST(ChildProcess, KeepsTheEndOfStderr) {
  ChildResult result = result_of({"sh", "-c", "seq 1 100000 >&2; echo out; echo last >&2"});
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.error_tail.size(), kErrorTailBytes);
  EXPECT_EQ(result.error_tail.substr(result.error_tail.size() - 12), "100000\nlast\n");
}

TEST(ChildProcess, TellsASignalFromAnExit) {
  ChildResult result = result_of({"sh", "-c", "kill -9 $$"});
  EXPECT_EQ(result.signal, SIGKILL);
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(result.ending(), "was ended by signal 9 (Killed)");
}

TEST(ChildProcess, NoShellReadsTheArguments) {
  EXPECT_EQ(result_of({"printf", "%s|", "a b", "$HOME", "`id`", ""}).output, "a b|$HOME|`id`||");
}

TEST(ChildProcess, AProgramThatIsNotThere) {
  Result<ChildResult> result = run_child_process({{"no-such-program"}, {}});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().info().id, "GN340");
  EXPECT_EQ(result.status().code(), Code::kFailedPrecondition);
}

TEST(ChildProcess, LeavesNoDescriptorAndNoZombie) {
  int before = open_descriptors();
  for (int i = 0; i < 20; ++i) {
    result_of({"true"}, {"x"});
    EXPECT_FALSE(run_child_process({{"no-such-program"}, {}}).ok());
  }
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
}

TEST(ChildProcessDeathTest, WorksWithoutStandardStreams) {
  // In a process of its own, because it closes the streams of the test.
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        close(0);
        close(1);
        close(2);
        Result<ChildResult> result = run_child_process({{"cat"}, {"text"}});
        _exit(result.ok() && result->output == "text" ? 42 : 1);
      },
      testing::ExitedWithCode(42), "");
}

}  // namespace
}  // namespace gnomon
