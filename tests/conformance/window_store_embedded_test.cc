// What only the window records of the embedded store can be asked: read-only readers, crashes, damaged files.
#include <filesystem>
#include <fstream>
#include <random>

#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "dying_env.h"
#include "online_store_factory.h"
#include "window_store_rounds.h"

namespace gnomon {
namespace {

namespace fs = std::filesystem;

using Opened = Result<std::unique_ptr<OnlineStore>>;

Opened open_store(const std::string& folder, OpenMode mode = OpenMode::kOwn) {
  return open_embedded_online_store(folder, mode, Env::real());
}

std::string rounds_seen(const std::string& folder, OpenMode mode) {
  Opened store = open_store(folder, mode);
  return store.ok() ? rounds_seen(**store) : store.status().to_string();
}

TEST(EmbeddedWindows, ReadersMayOpenBesideTheOwner) {
  ScratchFolder folder;
  Opened owner = open_store(folder.path());
  ASSERT_TRUE(owner.ok());
  ASSERT_TRUE((*owner)->windows()->write_records(kWindowRounds, window_rounds(1), {{"round", "1"}}).ok());
  Opened reader = open_store(folder.path(), OpenMode::kReadOnly);
  ASSERT_TRUE(reader.ok()) << reader.status().to_string();
  ASSERT_TRUE((*owner)->windows()->write_records(kWindowRounds, window_rounds(2), {{"round", "2"}}).ok());
  EXPECT_EQ(rounds_seen(**reader), "1");
  EXPECT_EQ(rounds_seen(**owner), "2");
  WindowStore* windows = (*reader)->windows();
  for (const Status& refused : {windows->write_records(kWindowRounds, {}, {}), windows->load_records(kWindowRounds, {}),
                                windows->flush_records(kWindowRounds), windows->drop_records(kWindowRounds)}) {
    EXPECT_EQ(refused.info().id, "GN514");
  }
}

TEST(EmbeddedWindows, AReaderSeesOneInstantOfAllEntities) {
  ScratchFolder folder;
  for (const auto& open : {open_embedded_online_store, open_sqlite_online_store}) {
    auto store = open(fmt::format("{}/{}", folder.path(), open == open_sqlite_online_store), OpenMode::kOwn, Env::real());
    ASSERT_TRUE(store.ok());
    WindowStore* windows = (*store)->windows();
    ASSERT_TRUE(windows->write_records("space", std::vector<WindowRecord>{{"user", 0, 1, "old"}}, {}).ok());
    auto reader = windows->reader("space");
    ASSERT_TRUE(reader.ok());
    ASSERT_TRUE(
        windows->write_records("space", std::vector<WindowRecord>{{"user", 0, 1, "new"}, {"user", 0, 2, "new"}}, {}).ok());
    for (bool descending : {false, true}) {
      std::vector<std::string> found;
      const auto collect = [&](TimeUs, std::string_view bytes) {
        found.emplace_back(bytes);
        return true;
      };
      ASSERT_TRUE((*reader)->scan("user", 0, 0, 9, descending, collect).ok());
      EXPECT_EQ(found, std::vector<std::string>{"old"});
    }
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
        if (!(*store)
                 ->windows()
                 ->write_records(kWindowRounds, window_rounds(round), {{"round", std::to_string(round)}})
                 .ok())
          break;
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
    ASSERT_TRUE((*store)
                    ->windows()
                    ->write_records(kWindowRounds, window_rounds(round, 200), {{"round", std::to_string(round)}})
                    .ok());
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

}  // namespace
}  // namespace gnomon
