// Env: the outside world. Every clock reading, random number and durable file operation of the engine goes through
// it, so that tests can simulate time, crash at a named point and fill the disk.
// Thread-safety: all methods may be called from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gnomon/status.h"

namespace gnomon {

using TimeUs = int64_t;  // microseconds since 1970-01-01 UTC

class Env {
 public:
  virtual ~Env() = default;

  virtual TimeUs now_us() = 0;
  virtual uint64_t random_u64() = 0;

  // Writes the whole file and makes it durable (fsync of file and folder). Replaces atomically (temporary file + rename).
  // ERRORS: ResourceExhausted when the disk is full; the old file is then unchanged.
  virtual Status write_file_atomic(const std::string& path, std::string_view bytes) = 0;
  // Like write_file_atomic, but AlreadyExists if `path` is there (put-if-absent by link(2)).
  virtual Status put_if_absent(const std::string& path, std::string_view bytes) = 0;
  // fsync of an existing file, and of the folder that holds it.
  virtual Status sync_file(const std::string& path) = 0;
  virtual Result<std::string> read_file(const std::string& path) = 0;
  virtual Status make_dirs(const std::string& path) = 0;
  // Not an error if it is not there.
  virtual Status remove_file(const std::string& path) = 0;

  // A place where a crash test may end the process: `kill_point("apply.before_commit")`. Does nothing in production.
  virtual void kill_point(std::string_view name) = 0;

  // The operating system. Lives as long as the process. GNOMON_CRASH_AT=name[:n] in the environment makes the n-th
  // visit of that kill point end the process at once (_exit), which is how crash tests drive the real binary.
  static Env* real();
};

}  // namespace gnomon
