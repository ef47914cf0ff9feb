// The lock of a store whose engine would let several processes write: held as long as the owner lives.
// Thread-safety: one thread.
#pragma once

#include <string>
#include <utility>

#include "gnomon/status.h"

namespace gnomon {

class OwnerLock {
 public:
  // REQUIRES: the folder is there. ERRORS: GN510 FailedPrecondition when another process holds it.
  static Result<OwnerLock> take(const std::string& folder);

  OwnerLock() = default;  // holds nothing
  OwnerLock(OwnerLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  OwnerLock& operator=(OwnerLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~OwnerLock();

 private:
  explicit OwnerLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_ = -1;
};

}  // namespace gnomon
