// A disk that runs full: a write of window records fails with GN501 and changes nothing, and goes on when there is room.
// A program of its own: the child needs RocksDB's threads, which a fork after its first use would not have.
#include <filesystem>
#include <fstream>

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "online_store_factory.h"
#include "window_store_rounds.h"

namespace gnomon {
namespace {

namespace fs = std::filesystem;

constexpr int kSkipped = 77;

Result<std::unique_ptr<OnlineStore>> open_store(const std::string& folder) {
  return open_embedded_online_store(folder + "/store", OpenMode::kOwn, Env::real());
}

// Writes until the disk is full, then makes room. Returns what is wrong, or nothing.
std::string run_full(const std::string& folder) {
  std::ofstream(folder + "/ballast") << std::string(512 << 10, 'x');
  auto store = open_store(folder);
  if (!store.ok()) return store.status().to_string();
  TimeUs round = 0;
  Status status;
  while (status.ok() && round < 1'000) {
    ++round;
    status =
        (*store)->windows()->write_records(kWindowRounds, window_rounds(round, 300), {{"round", std::to_string(round)}});
  }
  if (status.ok()) return "the disk never ran full";
  if (status.info().id != "GN501") return "full: " + status.to_string();
  if (rounds_seen(**store) != std::to_string(round - 1)) return "while full: " + rounds_seen(**store);
  fs::remove(folder + "/ballast");
  store->reset();
  store = open_store(folder);
  if (!store.ok()) return "reopened: " + store.status().to_string();
  if (rounds_seen(**store) != std::to_string(round - 1)) return "reopened: " + rounds_seen(**store);
  status = (*store)->windows()->write_records(kWindowRounds, window_rounds(round, 300), {{"round", std::to_string(round)}});
  if (!status.ok()) return "with room again: " + status.to_string();
  return rounds_seen(**store) == std::to_string(round) ? "" : "at last: " + rounds_seen(**store);
}

TEST(EmbeddedWindows, AFullDiskChangesNothing) {
  ScratchFolder folder;
  const std::string report = folder.path() + ".report";
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) ::_exit(kSkipped);
    ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=4194304") != 0) ::_exit(kSkipped);
    const std::string wrong = run_full(folder.path());
    std::ofstream(report) << wrong;
    ::_exit(wrong.empty() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  std::ifstream file(report);
  const std::string wrong((std::istreambuf_iterator<char>(file)), {});
  fs::remove(report);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kSkipped) GTEST_SKIP() << "no mount allowed here";
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << wrong;
}

}  // namespace
}  // namespace gnomon
