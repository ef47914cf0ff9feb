// Who owns a store's folder: a small file beside the lock, so that the one who is turned away can be told.
// It is a courtesy: the lock decides, and a store works without the file.
// Thread-safety: pure functions over the file system.
#pragma once

#include <string>

#include "gnomon/env.h"
#include "gnomon/online_store.h"
#include "gnomon/status.h"

namespace gnomon {

// Writes this process's id and command. Failures (a full disk) are ignored.
void record_owner(const std::string& folder, Env* env);
void forget_owner(const std::string& folder, Env* env);

// GN510 FailedPrecondition that names the recorded owner.
Status owned_by_another(const std::string& folder, Env* env);

// GN514 FailedPrecondition unless the folder was opened to own it.
Status check_writable(const std::string& folder, OpenMode mode);

}  // namespace gnomon
