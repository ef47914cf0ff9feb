#include "online_store_factory.h"

#include <cstdlib>
#include <filesystem>

#include "gnomon/redis_store.h"
#include "redis_server.h"

namespace gnomon {
namespace {

// One Redis for all tests of a program: each has keys of its own, as projects do.
Result<std::unique_ptr<OnlineStore>> open_redis(const std::string& connection, const std::string& folder) {
  RedisOptions options;
  options.connection = connection;
  options.key_prefix = std::filesystem::path(folder).filename().string();
  options.read_timeout_ms = 5'000;  // these tests share two cores with others, and ask for no deadlines
  return open_redis_online_store(options, folder, OpenMode::kOwn, Env::real());
}

Result<std::unique_ptr<OnlineStore>> open_one_redis(const std::string& folder) {
  static const RedisServerProcess server;
  return open_redis(server.connection(), folder);
}

Result<std::unique_ptr<OnlineStore>> open_redis_cluster(const std::string& folder) {
  static const RedisClusterProcesses cluster;
  return open_redis(cluster.connection(), folder);
}

}  // namespace

const std::vector<OnlineStoreFactory>& online_store_factories() {
  static const std::vector<OnlineStoreFactory> factories = {
      {"embedded",
       [](const std::string& folder) { return open_embedded_online_store(folder, OpenMode::kOwn, Env::real()); }},
      {"sqlite", [](const std::string& folder) { return open_sqlite_online_store(folder, OpenMode::kOwn, Env::real()); }},
      {"redis", open_one_redis},
      {"redis_cluster", open_redis_cluster},
  };
  return factories;
}

ScratchFolder::ScratchFolder() {
  std::filesystem::path base = std::filesystem::exists("/dev/shm") ? "/dev/shm" : std::filesystem::temp_directory_path();
  path_ = (base / "gnomon_online_XXXXXX").string();
  GN_ASSERT(::mkdtemp(path_.data()) != nullptr);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace gnomon
