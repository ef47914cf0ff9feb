// A child process that is asked again and again: each question is bytes, each answer a frame of u64 length (little endian) and bytes.
// Thread-safety: one call at a time.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/child_streams.h"
#include "gnomon/status.h"

namespace gnomon {

class ChildSession {
 public:
  // The program and its arguments, as they are: no shell. ERRORS: GN340, GN341.
  static Result<std::unique_ptr<ChildSession>> start(const std::vector<std::string>& arguments);
  // Ends the process, whatever it is doing, and waits for that.
  ~ChildSession();

  // Sends the parts one after the other and waits for one answer, for at most `patience`. After an error the session is of no use: what the
  // process may still say belongs to a question that nobody waits for.
  // ERRORS: GN342 DeadlineExceeded; GN343 Unavailable when it has ended, with how and what it last wrote to stderr; GN341.
  Result<std::string> ask(const std::vector<std::string_view>& question, std::chrono::milliseconds patience);

 private:
  ChildSession() = default;
  Status send_some(const std::vector<std::string_view>& question, size_t* part, size_t* sent);
  Status ended();

  ChildStreams streams_;
  pid_t pid_ = -1;
  std::string answer_;  // received so far
  std::string error_tail_;
};

}  // namespace gnomon
