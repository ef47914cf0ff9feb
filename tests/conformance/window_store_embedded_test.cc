// What only the window records of the embedded store can be asked: read-only readers, crashes, damaged files, a full disk.
#include <filesystem>
#include <fstream>
#include <random>

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "dying_env.h"
#include "gnomon/window_store.h"
#include "online_store_factory.h"

namespace gnomon {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSpace = "demo/user@1";
constexpr int kSkipped = 77;

using Opened = Result<std::unique_ptr<OnlineStore>>;

Opened open_store(const std::string& folder, OpenMode mode = OpenMode::kOwn) { return open_embedded_online_store(folder, mode, Env::real()); }

std::vector<WindowRecord> records_of(TimeUs round, size_t bytes = 20) {
  std::vector<WindowRecord> records;
  std::mt19937_64 random(static_cast<uint64_t>(round));
  for (int user = 0; user < 50; ++user) {
    std::string value = fmt::format("{} ", round);
    while (value.size() < bytes) value.push_back(static_cast<char>(random()));  // no compression makes it smaller
    for (uint8_t level : {0, 1, 2}) records.push_back({fmt::format("user {}", user), level, 0, value});
  }
  return records;
}

// What all records say: "3" if those of round 3 are there, all of them; or an error.
std::string rounds_seen(const OnlineStore& opened) {
  auto& store = const_cast<OnlineStore&>(opened);
  std::string seen;
  for (int user = 0; user < 50; ++user) {
    for (uint8_t level : {0, 1, 2}) {
      std::string round = "nothing";
      const Status status = store.windows()->scan_records(kSpace, fmt::format("user {}", user), level, INT64_MIN, INT64_MAX, false,
                                                          [&](TimeUs, std::string_view bytes) {
                                                            round = bytes.substr(0, bytes.find(' '));
                                                            return true;
                                                          });
      if (!status.ok()) return status.to_string();
      if (seen.empty()) seen = round;
      if (seen != round) return fmt::format("torn: {} and {}", seen, round);
    }
  }
  auto mark = store.get_mark("round");
  if (!mark.ok()) return mark.status().to_string();
  return mark->value_or("nothing") == seen ? seen : fmt::format("records of {}, mark {}", seen, mark->value_or("nothing"));
}

std::string rounds_seen(const std::string& folder, OpenMode mode) {
  Opened store = open_store(folder, mode);
  return store.ok() ? rounds_seen(**store) : store.status().to_string();
}

TEST(EmbeddedWindows, ReadersMayOpenBesideTheOwner) {
  ScratchFolder folder;
  Opened owner = open_store(folder.path());
  ASSERT_TRUE(owner.ok());
  ASSERT_TRUE((*owner)->windows()->write_records(kSpace, records_of(1), {{"round", "1"}}).ok());
  Opened reader = open_store(folder.path(), OpenMode::kReadOnly);
  ASSERT_TRUE(reader.ok()) << reader.status().to_string();
  ASSERT_TRUE((*owner)->windows()->write_records(kSpace, records_of(2), {{"round", "2"}}).ok());
  EXPECT_EQ(rounds_seen(**reader), "1");
  EXPECT_EQ(rounds_seen(**owner), "2");
  WindowStore* windows = (*reader)->windows();
  for (const Status& refused : {windows->write_records(kSpace, {}, {}), windows->load_records(kSpace, {}), windows->flush_records(kSpace), windows->drop_records(kSpace)}) {
    EXPECT_EQ(refused.info().id, "GN514");
  }
}

// The process ends at a kill point in the middle of its second write.
TEST(EmbeddedWindows, AKilledWriteIsWholeOrAbsent) {
  for (const auto& [point, expected] : {std::pair("store.before_write", "1"), std::pair("store.after_write", "2")}) {
    ScratchFolder folder;
    const pid_t writer = ::fork();
    if (writer == 0) {
      DyingEnv env(point, 2);
      Opened store = open_embedded_online_store(folder.path(), OpenMode::kOwn, &env);
      for (TimeUs round = 1; store.ok() && round < 5; ++round) {
        if (!(*store)->windows()->write_records(kSpace, records_of(round), {{"round", std::to_string(round)}}).ok()) break;
      }
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(writer, &status, 0);
    ASSERT_EQ(WEXITSTATUS(status), DyingEnv::kKilled) << "the kill point was not met";
    EXPECT_EQ(rounds_seen(folder.path(), OpenMode::kOwn), expected) << point;
  }
}

TEST(EmbeddedWindows, AFlippedByteIsNeverServed) {
  ScratchFolder folder;
  const std::string good = folder.path() + "/good";
  // The first write ends up in a table file when the store is opened again, the second stays in the log.
  for (TimeUs round : {1, 2}) {
    Opened store = open_store(good);
    ASSERT_TRUE(store.ok());
    ASSERT_TRUE((*store)->windows()->write_records(kSpace, records_of(round, 200), {{"round", std::to_string(round)}}).ok());
  }
  ASSERT_EQ(rounds_seen(good, OpenMode::kReadOnly), "2");
  const uint64_t seed = std::random_device{}();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  int detected = 0;
  for (const auto& file : fs::directory_iterator(good)) {
    const std::string name = file.path().filename().string();
    if (!name.ends_with(".sst") && !name.ends_with(".log")) continue;
    for (int flip = 0; flip < 15 && file.file_size() > 0; ++flip) {
      const fs::path copy = folder.path() + "/copy";
      fs::remove_all(copy);
      fs::copy(good, copy);
      std::fstream bytes(copy / name, std::ios::in | std::ios::out | std::ios::binary);
      const auto place = static_cast<std::streamoff>(random() % file.file_size());
      bytes.seekg(place);
      const char byte = static_cast<char>(bytes.get() ^ (1 << (random() % 8)));
      bytes.seekp(place);
      bytes.put(byte);
      bytes.close();
      const std::string got = rounds_seen(copy.string(), flip % 2 == 0 ? OpenMode::kOwn : OpenMode::kReadOnly);
      if (got == "2") continue;
      ++detected;
      EXPECT_TRUE(got.starts_with("GN5")) << name << " byte " << place << ": " << got;
    }
  }
  EXPECT_GT(detected, 5);
}

// Writes until the disk is full, then makes room. Returns what is wrong, or nothing.
std::string run_full(const std::string& folder) {
  std::ofstream(folder + "/ballast") << std::string(512 << 10, 'x');
  Opened store = open_store(folder + "/store");
  if (!store.ok()) return store.status().to_string();
  TimeUs round = 0;
  Status status;
  while (status.ok() && round < 1'000) {
    ++round;
    status = (*store)->windows()->write_records(kSpace, records_of(round, 300), {{"round", std::to_string(round)}});
  }
  if (status.ok()) return "the disk never ran full";
  if (status.info().id != "GN501") return "full: " + status.to_string();
  if (rounds_seen(**store) != std::to_string(round - 1)) return "while full: " + rounds_seen(**store);
  fs::remove(folder + "/ballast");
  store->reset();
  store = open_store(folder + "/store");
  if (!store.ok()) return "reopened: " + store.status().to_string();
  if (rounds_seen(**store) != std::to_string(round - 1)) return "reopened: " + rounds_seen(**store);
  status = (*store)->windows()->write_records(kSpace, records_of(round, 300), {{"round", std::to_string(round)}});
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
