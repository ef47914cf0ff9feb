// DeltaLog: the state of a table at one version, by replaying the entries of <table>/_delta_log in order.
// Thread-safety: one thread at a time. Other processes may append to the same log; refresh() sees what they did.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gnomon/env.h"
#include "gnomon/status.h"
#include "stores/delta_entry.h"

namespace gnomon {

class DeltaLog {
 public:
  // Replays up to `version`, or to the end. A log that does not exist has version -1. `env` must outlive the log.
  // ERRORS: GN520 NotFound if `version` is not there; GN521 DataLoss for a damaged or missing entry; GN524 Unimplemented
  // where entries were replaced by a checkpoint, or use features of Delta that we do not read.
  static Result<DeltaLog> open(const std::string& table_path, Env* env, std::optional<int64_t> version = std::nullopt);

  // Replays newer entries, up to and with `until`.
  Status refresh(std::optional<int64_t> until = std::nullopt);

  // Makes `bytes` the entry after version(), durably; does not replay it.
  // ERRORS: AlreadyExists if another writer was faster: refresh() and decide again. After any other error the entry may or
  // may not be there: next_entry_is() tells.
  Status append(std::string_view bytes);
  bool next_entry_is(std::string_view bytes) const;

  const std::string& folder() const { return folder_; }
  int64_t version() const { return version_; }
  int writer_version() const { return protocol_.writer_version; }
  // REQUIRES: version() >= 0
  const DeltaMetadata& metadata() const { return *metadata_; }
  bool has_transaction(const std::string& app_id, int64_t app_version) const;
  std::vector<DeltaFile> files() const;  // in the order of their commits

 private:
  DeltaLog(std::string folder, Env* env) : folder_(std::move(folder)), env_(env) {}

  std::string entry_path(int64_t version) const;
  Status apply(DeltaEntry entry, const std::string& path);

  std::string folder_;
  Env* env_;
  int64_t version_ = -1;
  DeltaProtocol protocol_;
  std::optional<DeltaMetadata> metadata_;
  int64_t next_position_ = 0;
  std::map<int64_t, DeltaFile> files_;  // by position
  std::unordered_map<std::string, int64_t> position_of_path_;
  std::set<std::pair<std::string, int64_t>> transactions_;
};

}  // namespace gnomon
