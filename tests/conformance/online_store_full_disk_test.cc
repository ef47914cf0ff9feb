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
constexpr TimeUs kNow = 1000;

bool mount_small_disk(const std::string& folder) {
  if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
  return ::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=2m") == 0;
}

OnlineViewSpec view_of_users() {
  OnlineViewSpec view;
  view.id = "demo/user@1";
  view.keys = arrow::schema({arrow::field("user", arrow::int64())});
  view.features = arrow::schema({arrow::field("name", arrow::utf8())});
  return view;
}

// One user at event time `t`, with a name of `bytes` bytes.
std::shared_ptr<arrow::RecordBatch> user_at(TimeUs t, size_t bytes) {
  arrow::Int64Builder user, time;
  arrow::StringBuilder name;
  ARROW_CHECK_OK(user.Append(1));
  ARROW_CHECK_OK(time.Append(t));
  ARROW_CHECK_OK(name.Append(std::string(bytes, 'x')));
  auto times = time.Finish().ValueOrDie();
  auto schema = arrow::schema({arrow::field("user", arrow::int64()), arrow::field("name", arrow::utf8()),
                               arrow::field(kEventTime, arrow::int64()), arrow::field(kCreatedTime, arrow::int64()),
                               arrow::field(kKnownAt, arrow::int64())});
  return arrow::RecordBatch::Make(schema, 1, {user.Finish().ValueOrDie(), name.Finish().ValueOrDie(), times, times, times});
}

// The event time that is served, or -1.
TimeUs served(OnlineStore* store) {
  auto rows = store->read(view_of_users(), *user_at(0, 0), kNow);
  return rows.ok() && rows->row_status[0] == OnlineStatus::kPresent ? rows->event_time[0] : -1;
}

// Returns what went wrong, or nothing.
std::string run_full(const std::string& folder) {
  auto opened = open_embedded_online_store(folder + "/store", OpenMode::kOwn, Env::real());
  if (!opened.ok()) return opened.status().to_string();
  OnlineStore* store = opened->get();
  std::ofstream ballast(folder + "/ballast");
  ballast << std::string(1 << 20, 'b');
  ballast.close();
  TimeUs last = 0;
  Status status;
  for (TimeUs t = 1; t < 100 && status.ok(); ++t) {
    status = store->write(view_of_users(), {user_at(t, 100'000)}, kNow, {{"until", std::to_string(t)}});
    if (status.ok()) last = t;
  }
  if (status.ok()) return "the disk never ran full";
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (status.ok() || status.info().id != "GN501" || status.code() != Code::kResourceExhausted)
      return "unexpected: " + status.to_string();
    if (served(store) != last) return fmt::format("served {} instead of {}", served(store), last);
    if (**store->get_mark("until") != std::to_string(last)) return "the mark moved without its rows";
    status = store->write(view_of_users(), {user_at(500, 100'000)}, kNow, {{"until", "500"}});
  }
  std::filesystem::remove(folder + "/ballast");
  status = store->write(view_of_users(), {user_at(600, 1000)}, kNow, {{"until", "600"}});
  if (!status.ok()) return "no recovery: " + status.to_string();
  if (served(store) != 600) return "the write after recovery is not served";
  uint64_t sequence = store->sequence();
  opened->reset();
  opened = open_embedded_online_store(folder + "/store", OpenMode::kOwn, Env::real());
  if (!opened.ok()) return "after a restart: " + opened.status().to_string();
  store = opened->get();
  if (served(store) != 600 || store->sequence() != sequence || **store->get_mark("until") != "600")
    return "the restart lost something";
  return "";
}

TEST(EmbeddedStoreFullDisk, WritesFailReadsGoOnAndItRecovers) {
  ScratchFolder folder;
  std::string report = folder.path() + ".report";
  pid_t child = ::fork();
  if (child == 0) {
    if (!mount_small_disk(folder.path())) ::_exit(kSkipped);
    std::string wrong = run_full(folder.path());
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
