// Who runs: a process, told apart from a later one that was given the same number.
// Thread-safety: pure functions over /proc.
#pragma once

#include <string>

#include "gnomon/env.h"

namespace gnomon {

// "pid start boot": number, start time in clock ticks since boot, id of the boot.
std::string current_process(Env* env);

// False once it has ended, also by a reboot. Processes of another machine or container count as ended.
bool is_running(const std::string& process, Env* env);

}  // namespace gnomon
