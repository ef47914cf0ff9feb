#include "stores/delta_log.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

namespace gnomon {
namespace {

namespace fs = std::filesystem;

constexpr size_t kVersionDigits = 20;

// What a look at the folder tells. The entries are then read by name, in order: the list only shows whether one is missing.
struct Listing {
  int64_t newest_version = -1;
  bool has_checkpoint = false;
};

Result<Listing> list_log(const std::string& folder) {
  Listing listing;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::string name = at->path().filename().string();
    if (name == "_last_checkpoint" || name.find(".checkpoint.") != std::string::npos) listing.has_checkpoint = true;
    if (name.size() != kVersionDigits + 5 || !name.ends_with(".json")) continue;
    if (!std::all_of(name.begin(), name.begin() + kVersionDigits, [](char c) { return c >= '0' && c <= '9'; })) continue;
    if (!name.starts_with("00")) continue;  // 18 digits fit an int64; no log gets there, but a stray file's name may
    listing.newest_version = std::max<int64_t>(listing.newest_version, std::stoll(name.substr(0, kVersionDigits)));
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return Status(Code::kUnavailable, "GN502", fmt::format("list {}: {}", folder, error.message()));
  }
  return listing;
}

}  // namespace

std::string DeltaLog::entry_path(int64_t version) const { return fmt::format("{}/{:020}.json", folder_, version); }

Result<DeltaLog> DeltaLog::open(const std::string& table_path, Env* env, std::optional<int64_t> version) {
  DeltaLog log(table_path + "/_delta_log", env);
  // Listed first: whatever is listed must still be readable afterwards, in full and without a gap.
  GN_ASSIGN(Listing listing, list_log(log.folder_));
  GN_TRY(log.refresh(version));
  if (version && *version >= 0 && log.version_ == *version) return log;
  if (log.version_ < 0 && listing.has_checkpoint) {
    return Status(Code::kUnimplemented, "GN524",
                  fmt::format("the first entries of {} were replaced by a checkpoint", log.folder_),
                  "Gnomon reads the log from entry 0: keep the JSON entries when another tool writes checkpoints "
                  "(delta.logRetentionDuration)");
  }
  bool wants_more = !version || *version > log.version_;
  if (wants_more && log.version_ < listing.newest_version) {
    return Status(Code::kDataLoss, "GN521",
                  fmt::format("log entry {} is missing, although there is a version {}", log.entry_path(log.version_ + 1),
                              listing.newest_version),
                  "Restore the file from a backup, or ask for a version before it");
  }
  if (!version) return log;
  return Status(Code::kNotFound, "GN520",
                fmt::format("table {} has no version {}; its newest is {}", table_path, *version,
                            std::max(log.version_, listing.newest_version)),
                "Ask for a version from 0 to the newest");
}

Status DeltaLog::refresh(std::optional<int64_t> until) {
  while (!until || version_ < *until) {
    std::string path = entry_path(version_ + 1);
    Result<std::string> bytes = env_->read_file(path);
    if (!bytes.ok() && bytes.status().code() == Code::kNotFound) return Status();
    if (!bytes.ok()) return bytes.status();
    GN_ASSIGN(DeltaEntry entry, parse_delta_entry(*bytes, path));
    GN_TRY(apply(std::move(entry), path));
    ++version_;
  }
  return Status();
}

// Removals first: Delta forbids one path in both within an entry, and a file that is added again gets a new position.
Status DeltaLog::apply(DeltaEntry entry, const std::string& path) {
  if (entry.protocol) protocol_ = *entry.protocol;
  if (entry.metadata) metadata_ = std::move(entry.metadata);
  if (!metadata_) {
    return Status(Code::kDataLoss, "GN521", fmt::format("log entry {} cannot be read: the table has no metaData", path),
                  "Restore the file from a backup");
  }
  auto drop = [this](const std::string& name) {
    auto known = position_of_path_.find(name);
    if (known == position_of_path_.end()) return;
    files_.erase(known->second);
    position_of_path_.erase(known);
  };
  for (const DeltaFile& file : entry.removed) drop(file.path);
  for (DeltaFile& file : entry.added) {
    drop(file.path);
    position_of_path_[file.path] = next_position_;
    files_[next_position_++] = std::move(file);
  }
  for (DeltaTransaction& transaction : entry.transactions)
    transactions_.emplace(std::move(transaction.app_id), transaction.version);
  return Status();
}

Status DeltaLog::append(std::string_view bytes) { return env_->put_if_absent(entry_path(version_ + 1), bytes); }

bool DeltaLog::next_entry_is(std::string_view bytes) const {
  Result<std::string> found = env_->read_file(entry_path(version_ + 1));
  return found.ok() && *found == bytes;
}

bool DeltaLog::has_transaction(const std::string& app_id, int64_t app_version) const {
  return !app_id.empty() && transactions_.contains({app_id, app_version});
}

std::vector<DeltaFile> DeltaLog::files() const {
  std::vector<DeltaFile> files;
  files.reserve(files_.size());
  for (const auto& [position, file] : files_) files.push_back(file);
  return files;
}

}  // namespace gnomon
