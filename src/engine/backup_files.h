// Files of a backup on their way: copied durably, and told of by path, size and hash.
// Thread-safety: one thread.
#pragma once

#include <map>
#include <string>

#include "gnomon/env.h"
#include "gnomon/status.h"

namespace gnomon {

struct BackupFile {
  int64_t size = 0;
  std::string hash;
};
using BackupFiles = std::map<std::string, BackupFile>;  // by path below the state's folder

// Copies a file and makes it durable; folders are made. ERRORS: GN501, GN502.
Status copy_durably(const std::string& from, const std::string& to, Env* env);

// Every file below a folder. ERRORS: GN502.
Result<BackupFiles> files_below(const std::string& folder);

// A folder that is filled under another name and then takes its own; removed if it never does.
class UnfinishedFolder {
 public:
  static Result<UnfinishedFolder> make(const std::string& final_path, Env* env);
  UnfinishedFolder(UnfinishedFolder&& other) noexcept;
  UnfinishedFolder& operator=(UnfinishedFolder&&) = delete;
  ~UnfinishedFolder();

  const std::string& path() const { return path_; }
  // Durably. ERRORS: GN502 if something has the name by now.
  Status finish();

 private:
  UnfinishedFolder(std::string path, std::string final_path, Env* env)
      : path_(std::move(path)), final_path_(std::move(final_path)), env_(env) {}

  std::string path_;  // empty: finished, or moved from
  std::string final_path_;
  Env* env_;
};

}  // namespace gnomon
