// On-demand views with mode="python" on both paths: their function runs in the project's process of Python functions.
// Thread-safety: the runner may be called from any thread.
#pragma once

#include "engine/on_demand_values.h"
#include "engine/project.h"

namespace gnomon {

enum class FunctionDeadline : uint8_t {
  kRequest,      // one second; a process that gives no answer makes the values INVALID
  kTrainingSet,  // a minute for each kFunctionRows rows; a process that gives no answer fails the call
};
inline constexpr int64_t kFunctionRows = 10'000;

// The project outlives it.
RunFunction function_runner(Engine::Impl& project, FunctionDeadline deadline);

}  // namespace gnomon
