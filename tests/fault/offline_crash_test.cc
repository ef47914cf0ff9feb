// Commits that end in the middle: the table is as before or as after, never in between, and the same commit can be run
// again.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <random>
#include <set>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "gnomon/offline_table.h"
#include "unit/offline_sample_rows.h"

namespace gnomon {
namespace {

using test::sample_rows;

constexpr int kCrashExitCode = 137;
constexpr unsigned kSeed = 20240229;

// Starts the program; its output goes to `output_descriptor`, unless that is -1.
pid_t start(std::vector<std::string> arguments, const std::string& crash_at, int output_descriptor = -1) {
  arguments.insert(arguments.begin(), OFFLINE_PROGRAM);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  pid_t child = ::fork();
  if (child != 0) return child;
  if (output_descriptor < 0) output_descriptor = ::open("/dev/null", O_WRONLY);
  ::dup2(output_descriptor, STDOUT_FILENO);
  if (!crash_at.empty()) ::setenv("GNOMON_CRASH_AT", crash_at.c_str(), 1);
  ::execv(OFFLINE_PROGRAM, pointers.data());
  ::_exit(99);
}

int run(std::vector<std::string> arguments, const std::string& crash_at = "") {
  int status = 0;
  pid_t child = start(std::move(arguments), crash_at);
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

// "before", "after", or what is wrong with the table at `path`. A null table is one that does not exist.
std::string state_of(const std::string& path, const std::shared_ptr<arrow::Table>& before,
                     const std::shared_ptr<arrow::Table>& after) {
  OfflineTable table(path, Env::real());
  Result<OfflineSnapshot> snapshot = table.snapshot();
  if (!snapshot.ok()) return snapshot.status().to_string();
  Status verified = table.verify();
  if (!verified.ok()) return verified.to_string();
  if (snapshot->version < 0) return before == nullptr ? "before" : "the table is gone";
  auto rows = test::read_rows(*snapshot);
  if (before != nullptr && rows->Equals(*before)) return "before";
  return rows->Equals(*after) ? "after" : "rows that are neither before nor after: " + std::to_string(rows->num_rows());
}

struct CrashCase {
  const char* kill_point;
  const char* expected;
};
void PrintTo(const CrashCase& crash, std::ostream* out) { *out << crash.kill_point; }

class OfflineCrashTest : public testing::TestWithParam<CrashCase> {
 protected:
  test::TemporaryFolder folder_;
  std::string path_ = folder_ / "table";
};

TEST_P(OfflineCrashTest, WhileCreating) {
  std::vector<std::string> commit = {"append", path_, "0", "10"};
  ASSERT_EQ(run(commit, GetParam().kill_point), kCrashExitCode);
  EXPECT_EQ(state_of(path_, nullptr, sample_rows(0, 10)), GetParam().expected);
}

TEST_P(OfflineCrashTest, WhileAppending) {
  ASSERT_EQ(run({"append", path_, "0", "10"}), 0);
  std::vector<std::string> commit = {"append", path_, "10", "10", "run", "1"};
  ASSERT_EQ(run(commit, GetParam().kill_point), kCrashExitCode);
  EXPECT_EQ(state_of(path_, sample_rows(0, 10), sample_rows(0, 20)), GetParam().expected);
  ASSERT_EQ(run(commit), 0);
  ASSERT_EQ(run(commit), 0);
  EXPECT_EQ(state_of(path_, sample_rows(0, 10), sample_rows(0, 20)), "after") << "a retried transaction counts once";
}

TEST_P(OfflineCrashTest, WhileOverwriting) {
  ASSERT_EQ(run({"append", path_, "0", "10"}), 0);
  ASSERT_EQ(run({"append", path_, "10", "10"}), 0);
  std::vector<std::string> commit = {"overwrite", path_, "50", "5"};
  ASSERT_EQ(run(commit, GetParam().kill_point), kCrashExitCode);
  EXPECT_EQ(state_of(path_, sample_rows(0, 20), sample_rows(50, 5)), GetParam().expected);
  ASSERT_EQ(run(commit), 0);
  EXPECT_EQ(state_of(path_, sample_rows(0, 20), sample_rows(50, 5)), "after");
}

INSTANTIATE_TEST_SUITE_P(EveryKillPoint, OfflineCrashTest,
                         testing::Values(CrashCase{"offline.before_data", "before"},
                                         CrashCase{"offline.before_log", "before"}, CrashCase{"offline.after_log", "after"}),
                         [](const auto& info) { return std::string(info.param.kill_point).substr(8); });

// The harness must be able to fail: a commit that writes its log entry first is caught.
TEST(OfflineCrashControl, ACommitInTheWrongOrderIsCaught) {
  test::TemporaryFolder folder;
  std::string path = folder / "table";
  ASSERT_EQ(run({"append", path, "0", "10"}), 0);
  ASSERT_EQ(run({"append_log_first", path, "10", "10"}, "offline.log_first"), kCrashExitCode);
  std::string state = state_of(path, sample_rows(0, 10), sample_rows(0, 20));
  EXPECT_TRUE(state.starts_with("GN521")) << state;
}

TEST(OfflineCrashControl, AKillPointThatIsNotThereKillsNothing) {
  test::TemporaryFolder folder;
  EXPECT_EQ(run({"append", folder / "table", "0", "10"}, "offline.nowhere"), 0);
  EXPECT_EQ(run({"append", folder / "table", "0", "10"}, "offline.before_log:2"), 0);
}

// kill -9 at random times: every commit that was acknowledged is there, once; at most the one in flight is there besides.
TEST(OfflineKillTest, AtRandomTimes) {
  std::printf("seed %u\n", kSeed);
  std::mt19937_64 random(kSeed);
  test::TemporaryFolder folder;
  std::string path = folder / "table";
  std::set<int64_t> acknowledged;
  int64_t next = 0;
  for (int round = 0; round < 20; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    pid_t child = start({"append_loop", path, std::to_string(next), "1000"}, "", ends[1]);
    ::close(ends[1]);
    FILE* output = ::fdopen(ends[0], "r");
    auto read_acknowledged = [&] {
      long long id = 0;
      if (std::fscanf(output, "%lld", &id) != 1) return false;
      acknowledged.insert(id);
      next = id + 1;
      return true;
    };
    for (uint64_t wait_for = random() % 4; wait_for > 0 && read_acknowledged(); --wait_for) {
    }
    ::usleep(static_cast<useconds_t>(random() % 50'000));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (read_acknowledged()) {
    }
    std::fclose(output);

    OfflineTable table(path, Env::real());
    Result<OfflineSnapshot> snapshot = table.snapshot();
    ASSERT_TRUE(snapshot.ok()) << snapshot.status().to_string();
    std::vector<int64_t> ids = test::sorted_ids(*snapshot);
    std::set<int64_t> found(ids.begin(), ids.end());
    ASSERT_EQ(found.size(), ids.size()) << "a row is there twice";
    if (found.contains(next)) acknowledged.insert(next++);  // it was in flight, and got in
    ASSERT_EQ(found, acknowledged);
    ASSERT_TRUE(table.verify().ok());
  }
  EXPECT_GT(acknowledged.size(), 10u) << "the program was killed before it did anything";
}

}  // namespace
}  // namespace gnomon
