// What only the embedded store can be asked: locks, readers beside the owner, damaged files, concurrency, kill points.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "dying_env.h"
#include "online_store_draw.h"
#include "online_store_factory.h"
#include "online_store_model.h"

namespace gnomon {
namespace {

namespace fs = std::filesystem;

constexpr TimeUs kNow = 1000;
constexpr int64_t kUsers = 200;

OnlineViewSpec view_of_users() {
  OnlineViewSpec view;
  view.id = "demo/user@1";
  view.keys = arrow::schema({arrow::field("user", arrow::int64())});
  view.features = arrow::schema({arrow::field("x", arrow::int64()), arrow::field("name", arrow::utf8())});
  return view;
}

// Every user at event time `t`, x = t and a name that says so.
std::shared_ptr<arrow::RecordBatch> users_at(TimeUs t) {
  arrow::Int64Builder users, x, event_time;
  arrow::StringBuilder name;
  for (int64_t i = 0; i < kUsers; ++i) {
    ARROW_CHECK_OK(users.Append(i));
    ARROW_CHECK_OK(x.Append(t));
    ARROW_CHECK_OK(name.Append("user " + std::to_string(i) + " at " + std::to_string(t)));
    ARROW_CHECK_OK(event_time.Append(t));
  }
  auto times = event_time.Finish().ValueOrDie();
  auto schema = arrow::schema({arrow::field("user", arrow::int64()), arrow::field("x", arrow::int64()),
                               arrow::field("name", arrow::utf8()), arrow::field(kEventTime, arrow::int64()),
                               arrow::field(kCreatedTime, arrow::int64()), arrow::field(kKnownAt, arrow::int64())});
  return arrow::RecordBatch::Make(
      schema, kUsers,
      {users.Finish().ValueOrDie(), x.Finish().ValueOrDie(), name.Finish().ValueOrDie(), times, times, times});
}

using Opened = Result<std::unique_ptr<OnlineStore>>;

Opened open_store(const std::string& folder, OpenMode mode = OpenMode::kOwn) {
  return open_embedded_online_store(folder, mode, Env::real());
}

// Everything that the store says, as text; or its error.
std::string everything(const std::string& folder, OpenMode mode) {
  Opened store = open_store(folder, mode);
  if (!store.ok()) return store.status().to_string();
  auto rows = (*store)->read(view_of_users(), *users_at(0), kNow);
  if (!rows.ok()) return rows.status().to_string();
  std::string text = std::to_string((*store)->sequence());
  for (int64_t i = 0; i < kUsers; ++i) text += "\n" + store_answer(*rows, i).text();
  auto mark = (*store)->get_mark("until");
  return mark.ok() ? text + "\n" + mark->value_or("no mark") : mark.status().to_string();
}

TEST(EmbeddedStore, TheOwnerIsNamedToWhoeverComesSecond) {
  ScratchFolder folder;
  pid_t owner = ::fork();
  if (owner == 0) {
    Opened store = open_store(folder.path());
    std::ofstream(folder.path() + "/ready") << "";
    ::sleep(60);
    ::_exit(store.ok() ? 0 : 1);
  }
  while (!fs::exists(folder.path() + "/ready")) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  Opened second = open_store(folder.path());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().info().id, "GN510");
  EXPECT_EQ(second.status().code(), Code::kFailedPrecondition);
  EXPECT_NE(second.status().to_string().find("process " + std::to_string(owner)), std::string::npos)
      << second.status().to_string();
  ::kill(owner, SIGKILL);
  ::waitpid(owner, nullptr, 0);
  EXPECT_TRUE(open_store(folder.path()).ok()) << "a killed owner leaves no lock";
}

TEST(EmbeddedStore, ReadersMayOpenBesideTheOwner) {
  ScratchFolder folder;
  EXPECT_EQ(open_store(folder.path(), OpenMode::kReadOnly).status().info().id, "GN516");
  Opened owner = open_store(folder.path());
  ASSERT_TRUE(owner.ok());
  ASSERT_TRUE((*owner)->write(view_of_users(), {users_at(5)}, kNow, {{"until", "5"}}).ok());
  Opened reader = open_store(folder.path(), OpenMode::kReadOnly);
  ASSERT_TRUE(reader.ok()) << reader.status().to_string();
  ASSERT_TRUE((*owner)->write(view_of_users(), {users_at(6)}, kNow, {}).ok());
  auto rows = (*reader)->read(view_of_users(), *users_at(0), kNow);
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(rows->event_time[0], 5) << "a reader sees what was durable when it opened";
  EXPECT_EQ(*(*reader)->get_mark("until"), std::optional<std::string>("5"));
  EXPECT_EQ((*reader)->write(view_of_users(), {users_at(7)}, kNow, {}).code(), Code::kFailedPrecondition);
  EXPECT_EQ((*reader)->drop_view("demo/user@1").code(), Code::kFailedPrecondition);
}

// A write is seen whole or not at all, and never undone by a later read.
TEST(EmbeddedStore, ReadersWhileWriting) {
  ScratchFolder folder;
  Opened store = open_store(folder.path());
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE((*store)->write(view_of_users(), {users_at(1)}, kNow, {}).ok());
  std::atomic<bool> done{false};
  std::atomic<int> torn{0}, backwards{0}, reads{0};
  auto read_on = [&] {
    auto keys = users_at(0);
    for (TimeUs seen = 0; !done;) {
      auto rows = (*store)->read(view_of_users(), *keys, kNow);
      if (!rows.ok()) {
        ++torn;
        return;
      }
      for (TimeUs time : rows->event_time) torn += time != rows->event_time[0];
      backwards += rows->event_time[0] < seen;
      seen = rows->event_time[0];
      ++reads;
    }
  };
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) readers.emplace_back(read_on);
  for (TimeUs t = 2; t < 60; ++t) EXPECT_TRUE((*store)->write(view_of_users(), {users_at(t)}, kNow, {}).ok());
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(backwards, 0);
  EXPECT_GT(reads, 0);
}

TEST(EmbeddedStore, WritersOfOneViewAreSerialised) {
  ScratchFolder folder;
  Opened store = open_store(folder.path());
  ASSERT_TRUE(store.ok());
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&store, writer] {
      for (int i = 0; i < 25; ++i) EXPECT_TRUE((*store)->write(view_of_users(), {users_at(4 * i + writer)}, kNow, {}).ok());
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ((*store)->sequence(), 100u);
  auto rows = (*store)->read(view_of_users(), *users_at(0), kNow);
  ASSERT_TRUE(rows.ok());
  for (TimeUs time : rows->event_time) EXPECT_EQ(time, 99);
}

// At each kill point a fresh process dies in the middle of its second write.
TEST(EmbeddedStore, AKilledWriteIsWholeOrAbsent) {
  struct Case {
    const char* point;
    const char* mark;
    TimeUs event_time;
  };
  for (const Case& expected : {Case{"store.before_write", "1", 1}, Case{"store.after_write", "2", 2}}) {
    ScratchFolder folder;
    pid_t writer = ::fork();
    if (writer == 0) {
      DyingEnv env(expected.point, 2);
      Opened store = open_embedded_online_store(folder.path(), OpenMode::kOwn, &env);
      for (TimeUs t = 1; store.ok() && t < 5; ++t) {
        if (!(*store)->write(view_of_users(), {users_at(t)}, kNow, {{"until", std::to_string(t)}}).ok()) break;
      }
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(writer, &status, 0);
    ASSERT_EQ(WEXITSTATUS(status), DyingEnv::kKilled) << "the kill point was not met";
    Opened store = open_store(folder.path());
    ASSERT_TRUE(store.ok()) << store.status().to_string();
    EXPECT_EQ(*(*store)->get_mark("until"), std::optional<std::string>(expected.mark)) << expected.point;
    auto rows = (*store)->read(view_of_users(), *users_at(0), kNow);
    ASSERT_TRUE(rows.ok());
    for (TimeUs time : rows->event_time) EXPECT_EQ(time, expected.event_time) << expected.point;
  }
}

// One byte changed anywhere in any file: the right answer or an error, never another answer.
TEST(EmbeddedStore, AFlippedByteIsNeverServed) {
  ScratchFolder folder, damaged;
  std::string good_folder = folder.path() + "/good";
  // The first write ends up in a table file when the store is opened again, the second stays in the log.
  for (TimeUs t : {1, 2}) {
    Opened store = open_store(good_folder);
    ASSERT_TRUE(store.ok());
    ASSERT_TRUE((*store)->write(view_of_users(), {users_at(t)}, kNow, {{"until", std::to_string(t)}}).ok());
  }
  std::string good = everything(good_folder, OpenMode::kReadOnly);
  ASSERT_NE(good.find("PRESENT at 2"), std::string::npos) << good;
  uint64_t seed = std::random_device{}();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  Generator generator(seed);
  int flips = 0, detected = 0;
  for (const auto& file : fs::directory_iterator(good_folder)) {
    std::string name = file.path().filename().string();
    // These tell nothing that is served. A manifest does, but RocksDB takes a record of it whose length seems to reach past the
    // end for a torn write, and opens what came before; docs/internals/online-store.md.
    if (name.starts_with("MANIFEST") || name.starts_with("OPTIONS") || name == "LOCK" || name == "OWNER" ||
        name == "IDENTITY")
      continue;
    int64_t size = static_cast<int64_t>(file.file_size());
    for (int flip = 0; flip < 40 && size > 0; ++flip) {
      fs::path copy = damaged.path() + "/copy";
      fs::remove_all(copy);
      fs::copy(good_folder, copy);
      std::fstream bytes(copy / name, std::ios::in | std::ios::out | std::ios::binary);
      int64_t place = draw(&generator, 0, size - 1);
      bytes.seekg(place);
      char byte = static_cast<char>(bytes.get() ^ (1 << draw(&generator, 0, 7)));
      bytes.seekp(place);
      bytes.put(byte);
      bytes.close();
      std::string got = everything(copy.string(), flip % 2 == 0 ? OpenMode::kOwn : OpenMode::kReadOnly);
      ++flips;
      if (got == good) continue;
      ++detected;
      EXPECT_TRUE(got.starts_with("GN5")) << name << " byte " << place << ": " << got.substr(0, 300);
    }
  }
  EXPECT_GT(flips, 100);
  EXPECT_GT(detected, flips / 2) << "of " << flips;
}

}  // namespace
}  // namespace gnomon
