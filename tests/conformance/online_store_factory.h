// The stores that the conformance suite runs over. A new store adds one line in online_store_factory.cc.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "gnomon/online_store.h"

namespace gnomon {

struct OnlineStoreFactory {
  std::string name;
  // Opens (again) the store whose state lives in `folder`.
  Result<std::unique_ptr<OnlineStore>> (*open)(const std::string& folder);
};

inline void PrintTo(const OnlineStoreFactory& factory, std::ostream* out) { *out << factory.name; }

const std::vector<OnlineStoreFactory>& online_store_factories();

// An empty folder, in memory where the machine has such a file system; removed with its contents.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace gnomon
