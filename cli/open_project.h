// The engine of the project a command is about, with progress on stderr.
#pragma once

#include <memory>
#include <optional>

#include "cli/progress_line.h"
#include "cli/terminal.h"
#include "engine/engine.h"

namespace gnomon::cli {

class Project {
 public:
  static Result<Project> open(const Terminal& terminal, std::optional<ServedLogOptions> served_log = std::nullopt);
  Engine* operator->() { return engine_.get(); }
  Engine& operator*() { return *engine_; }
  // The progress line is over; call before printing results.
  void end_progress() { progress_.reset(); }

 private:
  std::shared_ptr<ProgressLine> progress_;  // shared: the engine's callback holds it too, weakly
  std::unique_ptr<Engine> engine_;
};

// "2013-02-12T08:00Z", or "now".
Result<TimeUs> parse_instant(const std::string& text, Env* env);

}  // namespace gnomon::cli
