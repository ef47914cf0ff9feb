// What gnomon.yaml says about a project besides its definitions: its name, and where its state lives.
// Thread-safety: pure functions over the file system.
#pragma once

#include <string>

#include "gnomon/status.h"

namespace gnomon {

struct ProjectSettings {
  std::string project;  // the folder's name, other characters as _, unless gnomon.yaml or feature_store.yaml names it
  std::string online_store = "embedded";  // or "sqlite"
};

// ERRORS: GN120 for a file that is no map of known keys, GN121 Unimplemented for a store that is not supported.
Result<ProjectSettings> read_project_settings(const std::string& project_dir);

}  // namespace gnomon
