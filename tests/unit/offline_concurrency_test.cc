// Many committers on one table: every acknowledged row is there, exactly once.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <numeric>
#include <set>
#include <thread>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "gnomon/offline_table.h"
#include "unit/offline_sample_rows.h"

namespace gnomon {
namespace {

using test::id_rows;
using test::sorted_ids;

constexpr int kWriters = 8;
constexpr int kAppends = 20;
constexpr int kRowsPerAppend = 3;

std::vector<int64_t> all_ids() {
  std::vector<int64_t> ids(kWriters * kAppends * kRowsPerAppend);
  std::iota(ids.begin(), ids.end(), 0);
  return ids;
}

// The appends of one writer, each as its own transaction. Returns how many failed.
int append_all(const std::string& path, int writer) {
  OfflineTable table(path, Env::real());
  int failed = 0;
  for (int i = 0; i < kAppends; ++i) {
    int64_t start = (writer * kAppends + i) * kRowsPerAppend;
    Result<OfflineSnapshot> result =
        table.commit(*id_rows(start, kRowsPerAppend), {CommitMode::kAppend, "writer " + std::to_string(writer), i});
    if (result.ok()) continue;
    ++failed;
    std::fprintf(stderr, "writer %d: %s\n", writer, result.status().to_string().c_str());
  }
  return failed;
}

void run_threads(int count, const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(work, i);
  for (auto& thread : threads) thread.join();
}

class OfflineConcurrencyTest : public testing::Test {
 protected:
  test::TemporaryFolder folder_;
  std::string path_ = folder_ / "table";
  OfflineTable table_{path_, Env::real()};
};

TEST_F(OfflineConcurrencyTest, ThreadsLoseNoAppend) {
  std::atomic<int> failed{0};
  run_threads(kWriters, [&](int writer) { failed += append_all(path_, writer); });
  EXPECT_EQ(failed.load(), 0);
  Result<OfflineSnapshot> snapshot = table_.snapshot();
  ASSERT_TRUE(snapshot.ok()) << snapshot.status().to_string();
  EXPECT_EQ(snapshot->version, kWriters * kAppends - 1);
  EXPECT_EQ(sorted_ids(*snapshot), all_ids());
  EXPECT_TRUE(table_.verify().ok());
}

TEST_F(OfflineConcurrencyTest, ProcessesLoseNoAppend) {
  std::vector<pid_t> children;
  for (int writer = 0; writer < kWriters; ++writer) {
    pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(append_all(path_, writer) == 0 ? 0 : 1);
    children.push_back(child);
  }
  for (pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  EXPECT_EQ(sorted_ids(*table_.snapshot()), all_ids());
  EXPECT_EQ(table_.snapshot()->version, kWriters * kAppends - 1);
}

// All writers commit the same transactions: of each, one gets in.
TEST_F(OfflineConcurrencyTest, RacingDuplicatesCountOnce) {
  std::atomic<int> failed{0};
  run_threads(kWriters, [&](int) { failed += append_all(path_, 0); });
  EXPECT_EQ(failed.load(), 0);
  OfflineSnapshot snapshot = *table_.snapshot();
  EXPECT_EQ(snapshot.version, kAppends - 1);
  EXPECT_EQ(sorted_ids(snapshot).size(), static_cast<size_t>(kAppends * kRowsPerAppend));
  EXPECT_EQ(test::names_below(path_).size(), 1u + 2 * kAppends) << "the losers' data files are removed";
}

// Racing overwrites either replace the table or are told; what is there is the content of one that was acknowledged.
TEST_F(OfflineConcurrencyTest, OverwritesWinOrAreTold) {
  ASSERT_TRUE(table_.commit(*id_rows(1'000'000, 1), {}).ok());
  std::mutex mutex;
  std::set<int64_t> acknowledged;
  int aborted = 0;
  run_threads(kWriters, [&](int writer) {
    OfflineTable table(path_, Env::real());
    for (int i = 0; i < kAppends; ++i) {
      int64_t id = writer * kAppends + i;
      Result<OfflineSnapshot> result = table.commit(*id_rows(id, 1), {CommitMode::kOverwrite, "", -1});
      std::lock_guard<std::mutex> lock(mutex);
      if (result.ok())
        acknowledged.insert(id);
      else
        EXPECT_EQ(result.status().info().id, "GN523") << result.status().to_string();
      aborted += result.ok() ? 0 : 1;
    }
  });
  EXPECT_EQ(static_cast<int>(acknowledged.size()) + aborted, kWriters * kAppends);
  EXPECT_FALSE(acknowledged.empty());
  std::vector<int64_t> ids = sorted_ids(*table_.snapshot());
  ASSERT_EQ(ids.size(), 1u);
  EXPECT_TRUE(acknowledged.contains(ids[0]));
  EXPECT_EQ(table_.snapshot()->version, static_cast<int64_t>(acknowledged.size()));
}

// A reader among writers sees whole commits, in order.
TEST_F(OfflineConcurrencyTest, ReadersSeeOnlyWholeCommits) {
  std::atomic<bool> done{false};
  std::thread reader([&] {
    int64_t seen = -1;
    while (!done) {
      Result<OfflineSnapshot> snapshot = table_.snapshot();
      ASSERT_TRUE(snapshot.ok()) << snapshot.status().to_string();
      ASSERT_GE(snapshot->version, seen);
      seen = snapshot->version;
      int64_t rows = std::accumulate(snapshot->file_rows.begin(), snapshot->file_rows.end(), int64_t{0});
      ASSERT_EQ(rows, (seen + 1) * kRowsPerAppend);
    }
  });
  run_threads(4, [&](int writer) { EXPECT_EQ(append_all(path_, writer), 0); });
  done = true;
  reader.join();
}

}  // namespace
}  // namespace gnomon
