// What gnomon.yaml says about a project besides its definitions: its name, and where its state lives.
// Thread-safety: pure functions over the file system.
#pragma once

#include <string>

#include "gnomon/access_settings.h"
#include "gnomon/env.h"
#include "gnomon/redis_store.h"
#include "gnomon/status.h"

namespace gnomon {

// Which of the answers that a server gives are kept in .gnomon/served, and for how long.
struct ServedLogSettings {
  double sample = 0.01;                    // the part of all answers, 0 … 1
  TimeUs roll_every_us = 60'000'000;       // how long an answer may wait for its file
  TimeUs keep_us = 30 * 86'400'000'000LL;  // files older than this are removed; 0: none
};

struct ProjectSettings {
  std::string project;  // the folder's name, other characters as _, unless gnomon.yaml or feature_store.yaml names it
  std::string online_store = "embedded";  // or "sqlite", "redis"
  RedisOptions redis;                     // of "redis"; keys begin with gnomon:<project>, unless gnomon.yaml says otherwise
  ServedLogSettings served_log;
  AccessSettings access;  // `serve:`
};

// ERRORS: GN120 for a file that is no map of known keys or holds a password, GN121 Unimplemented for a store that is not supported.
Result<ProjectSettings> read_project_settings(const std::string& project_dir);

}  // namespace gnomon
