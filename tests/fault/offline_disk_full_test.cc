// A full disk, at every remaining size: the commit fails with GN501 and changes nothing, readers go on, and it works once
// there is room.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "gnomon/offline_table.h"
#include "unit/offline_sample_rows.h"

namespace gnomon {
namespace {

namespace fs = std::filesystem;
using test::id_rows;
using test::names_below;
using test::sample_rows;

constexpr off_t kPageBytes = 4096;

// A small file system in memory, and files that fill it.
class SmallDisk {
 public:
  ~SmallDisk() {
    if (mounted_) ::umount2(path().c_str(), MNT_DETACH);
  }

  bool mount() {
    fs::create_directories(path());
    mounted_ = ::mount("tmpfs", path().c_str(), "tmpfs", 0, "size=1m,nr_inodes=64") == 0;
    return mounted_;
  }
  std::string path() const { return folder_ / "disk"; }

  void clear() {
    for (auto& entry : fs::directory_iterator(path())) fs::remove_all(entry.path());
  }

  // Leaves `free_pages` pages.
  void fill_pages(off_t free_pages) {
    int filler = ::open((path() + "/filler").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    std::string page(kPageBytes, 'x');
    off_t size = 0;
    while (::write(filler, page.data(), page.size()) == kPageBytes) size += kPageBytes;
    EXPECT_EQ(::ftruncate(filler, std::max<off_t>(0, size - free_pages * kPageBytes)), 0);
    ::close(filler);
  }

  // Leaves room for `free_files` files.
  void fill_files(int free_files) {
    fs::create_directories(path() + "/filler");
    int count = 0;
    for (; std::ofstream(path() + "/filler/" + std::to_string(count)).good(); ++count) {
    }
    for (int i = 0; i < std::min(count, free_files); ++i) fs::remove(path() + "/filler/" + std::to_string(i));
  }

  void free_all() { fs::remove_all(path() + "/filler"); }

 private:
  test::TemporaryFolder folder_;
  bool mounted_ = false;
};

class OfflineDiskFullTest : public testing::TestWithParam<CommitMode> {
 protected:
  void SetUp() override {
    if (!disk_.mount()) GTEST_SKIP() << "needs the right to mount a tmpfs: " << std::strerror(errno);
  }

  // One commit on a disk that `fill` has just filled. Returns whether it went through.
  template <class Fill>
  bool commit_on_full_disk(const arrow::Table& rows, Fill fill) {
    disk_.clear();
    OfflineTable table(disk_.path() + "/table", Env::real());
    EXPECT_TRUE(table.commit(*sample_rows(0, 3), {}).ok());
    std::vector<std::string> names = names_below(table.path());
    fill();
    CommitOptions options{GetParam(), "run", 1};
    Result<OfflineSnapshot> committed = table.commit(rows, options);
    Result<OfflineSnapshot> snapshot = table.snapshot();
    EXPECT_TRUE(snapshot.ok() && table.verify().ok()) << snapshot.status().to_string();
    if (!committed.ok()) {
      EXPECT_EQ(committed.status().info().id, "GN501") << committed.status().to_string();
      EXPECT_EQ(committed.status().code(), Code::kResourceExhausted);
      EXPECT_EQ(names_below(table.path()), names) << "nothing may be left behind";
      EXPECT_TRUE(test::read_rows(*snapshot)->Equals(*sample_rows(0, 3)));
    }
    disk_.free_all();
    Result<OfflineSnapshot> again = table.commit(rows, options);
    EXPECT_TRUE(again.ok()) << again.status().to_string();
    int64_t expected_rows = rows.num_rows() + (GetParam() == CommitMode::kAppend ? 3 : 0);
    EXPECT_EQ(again.ok() ? test::read_rows(*again)->num_rows() : -1, expected_rows);
    return committed.ok();
  }

  SmallDisk disk_;
};

TEST_P(OfflineDiskFullTest, AtEveryNumberOfFreePages) {
  auto rows = sample_rows(3, 2000);
  int failed = 0;
  int succeeded = 0;
  for (off_t free_pages = 0; succeeded < 3; ++free_pages) {
    SCOPED_TRACE(testing::Message() << free_pages << " free pages");
    ASSERT_LT(free_pages, 200) << "the commit never succeeds";
    (commit_on_full_disk(*rows, [&] { disk_.fill_pages(free_pages); }) ? succeeded : failed) += 1;
    if (HasFailure()) return;
  }
  EXPECT_GT(failed, 10) << "the disk was never full";
  std::printf("%d sizes failed cleanly\n", failed);
}

TEST_P(OfflineDiskFullTest, AtEveryNumberOfFreeFiles) {
  auto rows = sample_rows(3, 5);
  int failed = 0;
  int succeeded = 0;
  for (int free_files = 0; succeeded < 3; ++free_files) {
    SCOPED_TRACE(testing::Message() << free_files << " free files");
    ASSERT_LT(free_files, 20) << "the commit never succeeds";
    (commit_on_full_disk(*rows, [&] { disk_.fill_files(free_files); }) ? succeeded : failed) += 1;
    if (HasFailure()) return;
  }
  EXPECT_GE(failed, 3) << "data file, entry, and the entry's second name";
}

// Not even the folders fit: the table still does not exist afterwards.
TEST_P(OfflineDiskFullTest, WhileCreating) {
  int failed = 0;
  for (int free_files = 0; free_files < 8; ++free_files) {
    disk_.clear();
    disk_.fill_files(free_files);
    OfflineTable table(disk_.path() + "/table", Env::real());
    Result<OfflineSnapshot> committed = table.commit(*id_rows(0, 5), {GetParam(), "", -1});
    if (!committed.ok()) {
      ++failed;
      EXPECT_EQ(committed.status().info().id, "GN501") << committed.status().to_string();
      EXPECT_EQ(table.snapshot()->version, -1);
    }
    disk_.free_all();
    EXPECT_EQ(table.commit(*id_rows(0, 5), {GetParam(), "run", 1})->version, committed.ok() ? 1 : 0);
  }
  EXPECT_GT(failed, 3);
}

INSTANTIATE_TEST_SUITE_P(BothModes, OfflineDiskFullTest, testing::Values(CommitMode::kAppend, CommitMode::kOverwrite),
                         [](const auto& info) { return info.param == CommitMode::kAppend ? "Append" : "Overwrite"; });

}  // namespace
}  // namespace gnomon
