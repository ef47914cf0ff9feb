// A child process that is given bytes and answers with bytes.
// Thread-safety: run_child_process may be called from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gnomon/status.h"

namespace gnomon {

struct ChildCommand {
  // The program and its arguments, as they are: no shell. A program without a slash is looked up in PATH.
  std::vector<std::string> arguments;
  // Written to its stdin one after the other, which is then closed. Must outlive the call.
  std::vector<std::string_view> input;
};

struct ChildResult {
  int exit_code = 0;       // meaningless if a signal ended it
  int signal = 0;          // 0: it exited by itself
  std::string output;      // all of stdout
  std::string error_tail;  // the last kErrorTailBytes of stderr

  bool ok() const { return signal == 0 && exit_code == 0; }
  std::string ending() const;  // "exited with 1", "was ended by signal 9 (Killed)"
};
inline constexpr size_t kErrorTailBytes = 4096;

// Runs it to its end. Input and both outputs are served together, so neither side waits for the other, however much there
// is of each. A child that stops reading early is not an error: how it ended tells.
// ERRORS: GN340 FailedPrecondition when the program cannot be started; GN341 Unavailable when the system refuses.
Result<ChildResult> run_child_process(const ChildCommand& command);

}  // namespace gnomon
