// Progress on stderr: one line that updates itself on a terminal, else a plain line now and then.
// Thread-safety: update() may be called from any thread.
#pragma once

#include <chrono>
#include <mutex>

#include "engine/engine.h"

namespace gnomon::cli {

class ProgressLine {
 public:
  ProgressLine();
  // Takes the updating line away.
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void update(const Progress& progress);

 private:
  using Clock = std::chrono::steady_clock;
  std::mutex mutex_;
  bool on_terminal_;
  bool shown_ = false;
  Clock::time_point last_;
};

}  // namespace gnomon::cli
