// A disk that runs full: a write fails with GN501 and changes nothing, reads go on, and writing resumes when there is room.
// The disk is a small file system in memory, mounted in a namespace of its own; skipped where that is not allowed.
#include <filesystem>
#include <fstream>

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "online_store_draw.h"
#include "online_store_factory.h"

namespace gnomon {
namespace {

constexpr int kSkipped = 77;
constexpr int64_t kDiskBytes = 2 << 20;
constexpr TimeUs kNow = 10'000'000;

bool mount_small_disk(const std::string& folder) {
  if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
  return ::mount("tmpfs", folder.c_str(), "tmpfs", 0, fmt::format("size={}", kDiskBytes).c_str()) == 0;
}

OnlineViewSpec view_of_users() {
  OnlineViewSpec view;
  view.id = "demo/user@1";
  view.keys = arrow::schema({arrow::field("user", arrow::int64())});
  view.features = arrow::schema({arrow::field("name", arrow::binary())});
  return view;
}

// User `id` with a name of `bytes` random bytes, which no compression makes smaller.
std::shared_ptr<arrow::RecordBatch> user_row(int64_t id, size_t bytes) {
  Generator generator(static_cast<uint64_t>(id));
  std::string noise(bytes, '\0');
  for (char& byte : noise) byte = static_cast<char>(generator());
  arrow::Int64Builder user;
  arrow::BinaryBuilder name;
  ARROW_CHECK_OK(user.Append(id));
  ARROW_CHECK_OK(name.Append(noise));
  auto ids = user.Finish().ValueOrDie();
  auto schema = arrow::schema({arrow::field("user", arrow::int64()), arrow::field("name", arrow::binary()),
                               arrow::field(kEventTime, arrow::int64()), arrow::field(kCreatedTime, arrow::int64()),
                               arrow::field(kKnownAt, arrow::int64())});
  return arrow::RecordBatch::Make(schema, 1, {ids, name.Finish().ValueOrDie(), ids, ids, ids});
}

Status write_user(OnlineStore* store, int64_t id, size_t bytes) {
  return store->write(view_of_users(), {user_row(id, bytes)}, kNow, {{"last", std::to_string(id)}});
}

// What is wrong if users 1 to `last` are expected, or nothing.
std::string check_users(OnlineStore* store, int64_t last) {
  auto mark = store->get_mark("last");
  if (!mark.ok() || **mark != std::to_string(last)) return fmt::format("the mark is not {}", last);
  for (int64_t id = 1; id <= last + 1; ++id) {
    auto rows = store->read(view_of_users(), *user_row(id, 0), kNow);
    if (!rows.ok()) return rows.status().to_string();
    bool is_served = rows->row_status[0] == OnlineStatus::kPresent && rows->event_time[0] == id;
    if (is_served != (id <= last))
      return fmt::format("user {} of {}: {}", id, last, online_status_name(rows->row_status[0]));
  }
  return "";
}

// Writes users of `bytes` bytes until the disk is full, and on. Returns what went wrong, or nothing.
std::string run_full(const std::string& folder, size_t bytes) {
  auto open = [&folder] { return open_embedded_online_store(folder + "/store", OpenMode::kOwn, Env::real()); };
  auto store = open();
  if (!store.ok()) return store.status().to_string();
  std::ofstream ballast(folder + "/ballast");
  ballast << std::string(kDiskBytes / 2, 'b');
  ballast.close();
  int64_t last = 0;
  // It stays full: to make room RocksDB would first need some.
  for (int failures = 0; failures < 3;) {
    if (last > kDiskBytes) return "the disk never ran full";
    Status status = write_user(store->get(), last + 1, bytes);
    if (!status.ok() && (status.info().id != "GN501" || status.code() != Code::kResourceExhausted))
      return status.to_string();
    status.ok() ? ++last : ++failures;
    std::string wrong = status.ok() ? "" : check_users(store->get(), last);
    if (!wrong.empty()) return wrong;
  }
  std::filesystem::remove(folder + "/ballast");
  Status status = write_user(store->get(), ++last, bytes);
  if (!status.ok()) return "no recovery: " + status.to_string();
  for (bool restarted : {false, true}) {
    if (restarted) {
      store->reset();
      store = open();
      if (!store.ok()) return "after a restart: " + store.status().to_string();
    }
    std::string wrong = check_users(store->get(), last);
    if (!wrong.empty()) return (restarted ? "after a restart: " : "after recovery: ") + wrong;
  }
  store->reset();
  std::filesystem::remove_all(folder + "/store");
  return "";
}

// Rows of several sizes, so that the disk fills up at different places.
std::string run_all(const std::string& folder) {
  for (size_t bytes : {500, 3'000, 20'000, 70'000, 130'000}) {
    std::string wrong = run_full(folder, bytes);
    if (!wrong.empty()) return fmt::format("rows of {} bytes: {}", bytes, wrong);
  }
  return "";
}

TEST(EmbeddedStoreFullDisk, WritesFailReadsGoOnAndItRecovers) {
  ScratchFolder folder;
  std::string report = folder.path() + ".report";
  pid_t child = ::fork();
  if (child == 0) {
    if (!mount_small_disk(folder.path())) ::_exit(kSkipped);
    std::string wrong = run_all(folder.path());
    std::ofstream(report) << wrong;
    ::_exit(wrong.empty() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  std::ifstream file(report);
  std::string wrong((std::istreambuf_iterator<char>(file)), {});
  std::filesystem::remove(report);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kSkipped) GTEST_SKIP() << "no mount allowed here";
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << wrong;
}

}  // namespace
}  // namespace gnomon
