#include "online_store_factory.h"

#include <cstdlib>
#include <filesystem>

namespace gnomon {

const std::vector<OnlineStoreFactory>& online_store_factories() {
  static const std::vector<OnlineStoreFactory> factories = {
      {"embedded",
       [](const std::string& folder) { return open_embedded_online_store(folder, OpenMode::kOwn, Env::real()); }},
      {"sqlite", [](const std::string& folder) { return open_sqlite_online_store(folder, OpenMode::kOwn, Env::real()); }},
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
