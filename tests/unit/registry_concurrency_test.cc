// Of N acknowledged applies, N are there: real processes, each with its own handle, racing from the first byte of the file.
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <thread>

#include <fmt/format.h>

#include "registry_fixture.h"

namespace gnomon {
namespace {

constexpr int kAppliers = 10;
constexpr int kAppliesEach = 8;
constexpr int kMaxAttempts = 5000;

v1::Manifest entity_manifest(const std::string& name) {
  v1::Manifest manifest;
  manifest.set_project("demo");
  manifest.add_entities()->set_name(name);
  return manifest;
}

std::string entity_name(int applier, int number) { return fmt::format("e_{}_{}", applier, number); }

// Plans and applies until it is acknowledged; the error that is not "plan again", if any.
std::string apply_until_acknowledged(Registry* registry, const std::string& name, int* aborted) {
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    Result<Plan> plan = registry->plan(entity_manifest(name), /*partial=*/true);
    if (!plan.ok()) return plan.status().to_string();
    Result<int64_t> revision = registry->apply(*plan, false);
    if (revision.ok()) return "";
    if (revision.status().code() != Code::kAborted) return revision.status().to_string();
    ++*aborted;
  }
  return "starved";
}

std::string run_applier(const std::string& path, int applier, int* aborted) {
  Result<std::unique_ptr<Registry>> registry = open_sqlite_registry(path, Env::real());
  if (!registry.ok()) return registry.status().to_string();
  for (int i = 0; i < kAppliesEach; ++i) {
    std::string error = apply_until_acknowledged(registry->get(), entity_name(applier, i), aborted);
    if (!error.empty()) return error;
  }
  return "";
}

class RegistryConcurrency : public RegistryTest {
 protected:
  void expect_all_present() {
    auto registry = open_registry();
    int64_t revision = 0;
    Result<v1::Manifest> manifest = registry->manifest(&revision);
    ASSERT_TRUE(manifest.ok()) << manifest.status().to_string();
    std::set<std::string> names;
    for (const v1::Entity& entity : manifest->entities()) names.insert(entity.name());
    for (int applier = 0; applier < kAppliers; ++applier) {
      for (int i = 0; i < kAppliesEach; ++i) EXPECT_TRUE(names.contains(entity_name(applier, i))) << entity_name(applier, i);
    }
    EXPECT_EQ(revision, kAppliers * kAppliesEach) << "one revision for each acknowledged apply";
  }
};

TEST_F(RegistryConcurrency, ProcessesLoseNothing) {
  std::vector<pid_t> children;
  for (int applier = 0; applier < kAppliers; ++applier) {
    pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      int aborted = 0;
      std::string error = run_applier(registry_path(), applier, &aborted);
      if (!error.empty()) fmt::print(stderr, "applier {}: {}\n", applier, error);
      ::_exit(error.empty() ? 0 : 1);
    }
    children.push_back(child);
  }
  for (pid_t child : children) {
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
  }
  expect_all_present();
}

TEST_F(RegistryConcurrency, ThreadsWithTheirOwnHandlesLoseNothing) {
  std::vector<std::string> errors(kAppliers);
  std::vector<int> aborted(kAppliers, 0);
  std::vector<std::thread> threads;
  for (int applier = 0; applier < kAppliers; ++applier) {
    threads.emplace_back([&, applier] {
      errors[static_cast<size_t>(applier)] = run_applier(registry_path(), applier, &aborted[static_cast<size_t>(applier)]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& error : errors) EXPECT_EQ(error, "");
  expect_all_present();
}

// The negative control: without the compare-and-swap, a plan made on an old revision would wipe out what came in between.
TEST_F(RegistryConcurrency, WithoutTheRevisionCheckAnApplyWouldBeLost) {
  auto registry = open_registry();
  Result<Plan> stale = registry->plan(entity_manifest("stale"), true);
  ASSERT_TRUE(registry->apply(*registry->plan(entity_manifest("first"), true), false).ok());
  stale->base_revision = 1;
  ASSERT_TRUE(registry->apply(*stale, true).ok());
  Result<v1::Manifest> manifest = registry->manifest(nullptr);
  ASSERT_EQ(manifest->entities_size(), 1);
  EXPECT_EQ(manifest->entities(0).name(), "stale")
      << "\"first\" was acknowledged and is gone: what expect_all_present would catch";
}

}  // namespace
}  // namespace gnomon
