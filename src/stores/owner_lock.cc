#include "stores/owner_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fmt/format.h>

namespace gnomon {

Result<OwnerLock> OwnerLock::take(const std::string& folder) {
  const std::string file = folder + "/LOCK";
  OwnerLock lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (lock.descriptor_ >= 0 && ::flock(lock.descriptor_, LOCK_EX | LOCK_NB) == 0) return lock;
  return Status(Code::kFailedPrecondition, "GN510", fmt::format("the online store {} is owned by another process", folder));
}

OwnerLock::~OwnerLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace gnomon
