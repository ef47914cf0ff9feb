// parallel_for: the same work for indices 0 … count − 1 on a few threads, each index once, in any order.
// Thread-safety: `work` is called from several threads at once, with a worker number in [0, threads).
#pragma once

#include <cstdint>
#include <functional>

#include "gnomon/status.h"

namespace gnomon {

// 0 means one thread per core (GNOMON_THREADS in the environment overrides it).
int thread_count(int asked);

// Stops at the first failure, which it returns (the one of the lowest index that ran, when several fail).
Status parallel_for(int64_t count, int threads, const std::function<Status(int worker, int64_t index)>& work);

}  // namespace gnomon
