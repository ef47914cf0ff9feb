// Crashes, full disks, damaged and foreign files: before or after, never in between, and never an empty answer.
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <random>

#include <fmt/format.h>

#include "base/sqlite_database.h"
#include "registry_fixture.h"

namespace gnomon {
namespace {

constexpr int kCrashCode = 137;
constexpr int kSkipCode = 77;

// The real world, but for a named point at which the process ends at once.
class CrashingEnv : public Env {
 public:
  explicit CrashingEnv(std::string point) : point_(std::move(point)) {}
  TimeUs now_us() override { return Env::real()->now_us(); }
  uint64_t random_u64() override { return Env::real()->random_u64(); }
  Status write_file_atomic(const std::string& path, std::string_view bytes) override {
    return Env::real()->write_file_atomic(path, bytes);
  }
  Status put_if_absent(const std::string& path, std::string_view bytes) override {
    return Env::real()->put_if_absent(path, bytes);
  }
  Status sync_file(const std::string& path) override { return Env::real()->sync_file(path); }
  Result<std::string> read_file(const std::string& path) override { return Env::real()->read_file(path); }
  Status make_dirs(const std::string& path) override { return Env::real()->make_dirs(path); }
  Status remove_file(const std::string& path) override { return Env::real()->remove_file(path); }
  void kill_point(std::string_view name) override {
    if (name == point_) ::_exit(kCrashCode);
  }

 private:
  std::string point_;
};

// Runs `work` in a child process and returns its exit code.
int in_child(const std::function<int()>& work) {
  std::fflush(nullptr);
  pid_t child = ::fork();
  if (child == 0) ::_exit(work());
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class RegistryFaults : public RegistryTest {
 protected:
  void SetUp() override {
    before_ = manifest_of(kWeatherYaml);
    after_ = manifest_of(replaced(kWeatherYaml, "ttl: 1h", "ttl: 2h"));
  }

  int apply_and_crash(const std::string& point) {
    return in_child([&] {
      CrashingEnv env(point);
      auto registry = open_registry(&env);
      return registry->apply(*registry->plan(after_, false), true).ok() ? 0 : 1;
    });
  }

  std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // Moves everything from the log into the file, so that the file can be damaged.
  void checkpoint() {
    auto database = SqliteDatabase::open(registry_path());
    ASSERT_TRUE((*database)->run("PRAGMA wal_checkpoint(TRUNCATE)").ok());
  }

  v1::Manifest before_, after_;
};

TEST_F(RegistryFaults, KilledBeforeTheCommitNothingHappened) {
  apply(open_registry().get(), before_);
  ASSERT_EQ(apply_and_crash("apply.before_commit"), kCrashCode);
  int64_t revision = 0;
  Result<v1::Manifest> manifest = open_registry()->manifest(&revision);
  ASSERT_TRUE(manifest.ok()) << manifest.status().to_string();
  EXPECT_EQ(revision, 1);
  EXPECT_EQ(manifest_to_json(*manifest), manifest_to_json(before_));
  apply(open_registry().get(), after_);  // and the lock is free
}

TEST_F(RegistryFaults, KilledAfterTheCommitAllOfItHappened) {
  apply(open_registry().get(), before_);
  ASSERT_EQ(apply_and_crash("apply.after_commit"), kCrashCode);
  int64_t revision = 0;
  Result<v1::Manifest> manifest = open_registry()->manifest(&revision);
  ASSERT_TRUE(manifest.ok()) << manifest.status().to_string();
  EXPECT_EQ(revision, 2);
  EXPECT_EQ(manifest_to_json(*manifest), manifest_to_json(after_));
}

TEST_F(RegistryFaults, RunsOfDeadProcessesAreInterrupted) {
  ASSERT_EQ(in_child([&] { return open_registry()->begin_run("run").ok() ? 0 : 1; }), 0);
  auto registry = open_registry();
  Result<int64_t> mine = registry->begin_run("run");
  ASSERT_TRUE(mine.ok());
  auto other = open_registry();  // this process lives: its run goes on
  EXPECT_EQ(other->run(*mine)->status, "running");
  EXPECT_EQ(other->run(1)->status, "interrupted");
  EXPECT_GT(other->run(1)->ended_us, 0);
}

TEST_F(RegistryFaults, AProcessOfTheSameNumberIsNotTheSameProcess) {
  auto registry = open_registry();
  ASSERT_TRUE(registry->begin_run("run").ok());
  auto database = SqliteDatabase::open(registry_path());
  ASSERT_TRUE((*database)->run("UPDATE runs SET process = ?", {fmt::format("{} 1 earlier-boot", ::getpid())}).ok());
  EXPECT_EQ(open_registry()->run(1)->status, "interrupted");
}

TEST_F(RegistryFaults, NewerLayoutIsRefusedByName) {
  apply(open_registry().get(), before_);
  {
    auto database = SqliteDatabase::open(registry_path());
    ASSERT_TRUE((*database)->run("PRAGMA user_version = 99").ok());
  }
  Result<std::unique_ptr<Registry>> registry = open_sqlite_registry(registry_path(), Env::real());
  ASSERT_FALSE(registry.ok());
  EXPECT_EQ(registry.status().code(), Code::kFailedPrecondition);
  EXPECT_NE(registry.status().to_string().find("layout 99, this program knows up to 1"), std::string::npos)
      << registry.status().to_string();
}

TEST_F(RegistryFaults, WhatIsNotARegistryIsRefused) {
  auto expect_data_loss = [&](const std::string& what) {
    Result<std::unique_ptr<Registry>> registry = open_sqlite_registry(registry_path(), Env::real());
    ASSERT_FALSE(registry.ok()) << what;
    EXPECT_EQ(registry.status().code(), Code::kDataLoss) << what << ": " << registry.status().to_string();
    EXPECT_EQ(registry.status().info().id, "GN511") << what;
  };
  write(".gnomon/registry.db",
        "this is not a database, whatever its name says; it is long enough to hold a header of 100 bytes ......");
  expect_data_loss("text");
  write(".gnomon/registry.db", "");
  expect_data_loss("an emptied file");
  std::filesystem::remove(registry_path());
  ASSERT_TRUE(SqliteDatabase::create(registry_path(), "CREATE TABLE t (a)").ok());
  expect_data_loss("another program's database");
  std::filesystem::remove(registry_path());
  write(".gnomon/registry.db-wal", "left over");
  expect_data_loss("a log without its file");
}

TEST_F(RegistryFaults, ACutOffFileIsNamed) {
  apply(open_registry().get(), before_);
  checkpoint();
  std::filesystem::remove(registry_path() + "-wal");
  std::filesystem::remove(registry_path() + "-shm");
  std::filesystem::resize_file(registry_path(), 8192);
  Result<std::unique_ptr<Registry>> registry = open_sqlite_registry(registry_path(), Env::real());
  Status status = registry.ok() ? (*registry)->manifest(nullptr).status() : registry.status();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.code(), Code::kDataLoss) << status.to_string();
}

// Guarantee: damage is detected and named, never served. Any flipped byte gives the true answer or an error.
TEST_F(RegistryFaults, FlippedBytesAreNeverServed) {
  {
    auto registry = open_registry();
    apply(registry.get(), before_);
    ASSERT_TRUE(registry->set_values({{"snapshot", "17"}}).ok());
  }
  checkpoint();
  const std::string truth = manifest_to_json(before_);
  const std::string good = bytes_of(registry_path());
  const unsigned seed = std::random_device{}();
  fmt::print("seed {}\n", seed);
  std::mt19937 random(seed);
  int noticed = 0;
  for (int i = 0; i < 400; ++i) {
    std::string bad = good;
    size_t at = random() % bad.size();
    bad[at] = static_cast<char>(bad[at] ^ (1u << (random() % 8)));
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(registry_path() + suffix);
    std::ofstream(registry_path(), std::ios::binary) << bad;
    Result<std::unique_ptr<Registry>> registry = open_sqlite_registry(registry_path(), Env::real());
    if (!registry.ok()) {
      ++noticed;
      continue;
    }
    Result<v1::Manifest> manifest = (*registry)->manifest(nullptr);
    if (manifest.ok()) {
      EXPECT_EQ(manifest_to_json(*manifest), truth) << "seed " << seed << ", byte " << at;
    } else {
      ++noticed;
    }
    Result<std::optional<std::string>> value = (*registry)->get_value("snapshot");
    if (value.ok() && *value) {
      EXPECT_EQ(**value, "17") << "seed " << seed << ", byte " << at;
    }
  }
  EXPECT_GT(noticed, 0) << "a sweep that damages nothing proves nothing; seed " << seed;
}

TEST_F(RegistryFaults, AlteredRowsAreNoticed) {
  apply(open_registry().get(), before_);
  for (const char* change :
       {"UPDATE object_versions SET definition = replace(definition, 'Float32', 'Float64') WHERE kind = 'view'",
        "DELETE FROM object_versions WHERE kind = 'service'", "UPDATE revisions SET project = 'other'",
        "UPDATE object_versions SET version = 9 WHERE kind = 'view'", "DELETE FROM revisions"}) {
    auto database = SqliteDatabase::open(registry_path());
    ASSERT_TRUE((*database)->run("BEGIN").ok());
    ASSERT_TRUE((*database)->run(change).ok());
    ASSERT_TRUE((*database)->run("COMMIT").ok());
    Result<v1::Manifest> manifest = open_registry()->manifest(nullptr);
    ASSERT_FALSE(manifest.ok()) << change;
    EXPECT_EQ(manifest.status().info().id, "GN511") << change;
    database->reset();
    std::filesystem::remove_all(folder_ + "/.gnomon");
    apply(open_registry().get(), before_);
  }
}

// In a mount of its own: applies until the disk is full, then everything before is still there and readable, the error is
// clear, and with room again the work goes on. 0: held; another number: the line that did not.
int full_disk_story(const std::string& folder, const v1::Manifest& base) {
  if (::unshare(CLONE_NEWNS) != 0) return kSkipCode;
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return kSkipCode;
  if (::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=512k") != 0) return kSkipCode;
  const std::string path = folder + "/.gnomon/registry.db";
  Result<std::unique_ptr<Registry>> registry = open_sqlite_registry(path, Env::real());
  if (!registry.ok()) return __LINE__;
  std::string acknowledged;
  Status full;
  v1::Manifest target = base;
  for (int i = 0; i < 400 && full.ok(); ++i) {
    target.mutable_entities(0)->set_description(fmt::format("{} {}", i, std::string(3000, 'x')));
    target.add_entities()->set_name(fmt::format("e{}", i));
    Result<Plan> plan = (*registry)->plan(target, false);
    if (!plan.ok()) return __LINE__;
    Result<int64_t> revision = (*registry)->apply(*plan, false);
    if (revision.ok())
      acknowledged = manifest_to_json(*(*registry)->manifest(nullptr));
    else
      full = revision.status();
  }
  if (full.ok() || acknowledged.empty()) return __LINE__;
  if (full.code() != Code::kResourceExhausted || full.info().id != "GN501") return __LINE__;
  std::string filler_path = folder + "/filler";
  std::FILE* filler = std::fopen(filler_path.c_str(), "w");
  while (std::fputc('x', filler) != EOF && std::fflush(filler) == 0) continue;  // not one byte left
  std::fclose(filler);
  if (manifest_to_json(*(*registry)->manifest(nullptr)) != acknowledged) return __LINE__;
  registry->reset();
  registry = open_sqlite_registry(path, Env::real());
  if (!registry.ok()) return fmt::print(stderr, "{}\n", registry.status().to_string()), __LINE__;
  if (manifest_to_json(*(*registry)->manifest(nullptr)) != acknowledged) return __LINE__;
  std::filesystem::remove(filler_path);
  if (::mount("tmpfs", folder.c_str(), "tmpfs", MS_REMOUNT, "size=4m") != 0) return __LINE__;
  Result<Plan> plan = (*registry)->plan(target, false);
  if (!plan.ok() || !(*registry)->apply(*plan, false).ok()) return __LINE__;
  return 0;
}

TEST_F(RegistryFaults, AFullDiskLosesNothing) {
  int code = in_child([&] { return full_disk_story(folder_, before_); });
  if (code == kSkipCode) GTEST_SKIP() << "needs the right to mount a tmpfs";
  EXPECT_EQ(code, 0) << "the line in this file that did not hold (mod 256)";
}

}  // namespace
}  // namespace gnomon
