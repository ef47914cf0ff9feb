// API keys: one file a key in <project>/.gnomon/keys, readable by its owner only, holding what the key may do and a hash of it.
//
// A key is "gn_" and 256 random bits. Only its SHA-256 is kept: nothing that slow password hashes protect against, guessing what a
// person would choose, works on 256 random bits. A revoked key stays on file, so that its use is told from that of an unknown one.
// Thread-safety: pure functions over the file system; two processes may create and revoke at once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "access/crypto.h"
#include "access/principal.h"
#include "gnomon/env.h"
#include "gnomon/status.h"

namespace gnomon {

inline constexpr std::string_view kKeyPrefix = "gn_";

struct ApiKey {
  std::string name;
  Sha256 hash{};
  Grants grants;
  TimeUs created_us = 0;
  std::optional<TimeUs> expires_us;  // from this instant on it is no key any more
  std::optional<TimeUs> revoked_us;
};

std::string keys_folder(const std::string& project_dir);

// Stores the key and returns its text, which nobody can find out again. `key.hash` is filled in.
// ERRORS: GN646 InvalidArgument for a name that is none, AlreadyExists for one that is taken, also by a revoked key; GN50x of files.
Result<std::string> create_api_key(const std::string& project_dir, ApiKey key);

// By name. ERRORS: GN644 DataLoss for a file that holds no key.
Result<std::vector<ApiKey>> list_api_keys(const std::string& project_dir);

// Not an error if it is revoked already: the first instant stays. ERRORS: GN646 NotFound; GN644.
Status revoke_api_key(const std::string& project_dir, const std::string& name, TimeUs now_us);

}  // namespace gnomon
