// What Python functions of on-demand views cost: measured when they are planned, so that nobody learns it from their users.
// Thread-safety: pure functions over the project.
#pragma once

#include "engine/project.h"

namespace gnomon {

// Adds a section "python" to the change of every on-demand view with mode="python" that is new or changed: how long its process takes to
// start, and to answer one request. ERRORS: GN332, GN333 when its function cannot be called at all.
Status add_function_sections(Engine::Impl& project, Plan* plan);

}  // namespace gnomon
