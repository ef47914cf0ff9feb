// One kind of work on views that are served online, one after another, each recorded as a step of a run.
// Thread-safety: one call at a time per project.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/project.h"
#include "gnomon/registry.h"

namespace gnomon {

struct OnlineWork {
  std::string kind;  // of the run
  std::string step;
  std::vector<std::string> views;  // empty: all that are served online
};

// What to do with a view; it may set the step's counts and message. Its error ends the run, which is recorded as failed, or blocked.
using OnlineStep = std::function<Status(const ViewDefinition& definition, RunStep* step)>;

// ERRORS: GN405 for a view that is not served online; that of a step.
Result<Run> for_online_views(Engine::Impl& project, const OnlineWork& work, const OnlineStep& use);

}  // namespace gnomon
