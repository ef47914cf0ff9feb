// Backup and restore of a project's state: definitions, history, online store and logged answers, as they were at one point between two
// writes. Other processes may read and write meanwhile, a server too. What is beside .gnomon (definitions as files, data) belongs to the
// project's own version control and is not copied.
//
//   <backup>/backup.json    what it holds, with a hash of each file; written last but for the folder's name
//   <backup>/state/…        as in .gnomon
//
// A backup and a restored state appear under their names whole or not at all. docs/decisions/backup.md says why it is consistent.
// Thread-safety: pure functions over folders.
#pragma once

#include <cstdint>
#include <string>

#include "gnomon/env.h"
#include "gnomon/status.h"

namespace gnomon {

struct BackupReport {
  int64_t files = 0;
  int64_t bytes = 0;
  uint64_t sequence = 0;     // of the online store
  std::string online_store;  // as gnomon.yaml names it; one in Redis is not copied
};

// Makes the folder `target`, which must not be there. ERRORS: GN430 AlreadyExists; GN435 Unavailable where writes never paused long
// enough; GN501 on a full disk: nothing is left.
Result<BackupReport> backup_project(const std::string& project_dir, const std::string& target, Env* env);

// Makes <project_dir>/.gnomon from a backup, every file of which is checked first. ERRORS: GN431 for what is no backup; GN432 for one
// of a newer Gnomon; GN433 DataLoss for one that is damaged; GN434 where the project has state already: it is never overwritten.
Result<BackupReport> restore_project(const std::string& backup, const std::string& project_dir, Env* env);

}  // namespace gnomon
