#include "engine/backup_files.h"

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "base/hash.h"

namespace gnomon {
namespace {

namespace fs = std::filesystem;

Status failure(const std::string& doing, const std::error_code& error) {
  if (error == std::errc::no_space_on_device) {
    return Status(Code::kResourceExhausted, "GN501", fmt::format("disk full while {}", doing),
                  "Free space and run the command again; nothing was changed");
  }
  return Status(Code::kUnavailable, "GN502", fmt::format("{}: {}", doing, error.message()));
}

}  // namespace

Status copy_durably(const std::string& from, const std::string& to, Env* env) {
  GN_TRY(env->make_dirs(fs::path(to).parent_path().string()));
  std::error_code error;
  fs::copy_file(from, to, error);
  if (error) return failure(fmt::format("copying {}", from), error);
  return env->sync_file(to);
}

Result<BackupFiles> files_below(const std::string& folder) {
  BackupFiles files;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (!at->is_regular_file()) continue;
    BackupFile& file = files[at->path().lexically_relative(folder).generic_string()];
    file.size = static_cast<int64_t>(at->file_size());
    GN_ASSIGN(file.hash, hash128_hex_of_file(at->path().string()));
  }
  if (error) return failure(fmt::format("listing {}", folder), error);
  return files;
}

Result<UnfinishedFolder> UnfinishedFolder::make(const std::string& final_path, Env* env) {
  const std::string plain = fs::path(final_path + "/").lexically_normal().parent_path().string();
  const std::string path = fmt::format("{}.unfinished-{:016x}", plain, env->random_u64());
  GN_TRY(env->make_dirs(path));
  return UnfinishedFolder(path, plain, env);
}

UnfinishedFolder::UnfinishedFolder(UnfinishedFolder&& other) noexcept
    : path_(std::exchange(other.path_, std::string())), final_path_(std::move(other.final_path_)), env_(other.env_) {}

UnfinishedFolder::~UnfinishedFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

Status UnfinishedFolder::finish() {
  std::error_code error;
  if (fs::exists(final_path_, error)) fs::remove(final_path_, error);  // goes only if it is an empty folder
  if (!error) fs::rename(path_, final_path_, error);
  if (error) return failure(fmt::format("giving {} its name", final_path_), error);
  path_.clear();
  return env_->sync_file(final_path_);
}

}  // namespace gnomon
