#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

namespace gnomon {

int thread_count(int asked) {
  if (asked > 0) return asked;
  if (const char* text = std::getenv("GNOMON_THREADS")) {
    int threads = std::atoi(text);
    if (threads > 0) return threads;
  }
  return std::max(1u, std::thread::hardware_concurrency());
}

Status parallel_for(int64_t count, int threads, const std::function<Status(int worker, int64_t index)>& work) {
  std::atomic<int64_t> next{0};
  std::atomic<bool> stop{false};
  std::mutex mutex;
  Status failure;
  int64_t failed_index = count;
  auto run = [&](int worker) {
    for (int64_t index = next++; index < count && !stop; index = next++) {
      Status status = work(worker, index);
      if (status.ok()) continue;
      stop = true;
      std::lock_guard<std::mutex> lock(mutex);
      if (index < failed_index) {
        failed_index = index;
        failure = status;
      }
    }
  };
  int workers = static_cast<int>(std::min<int64_t>(threads, count));
  std::vector<std::thread> others;
  for (int worker = 1; worker < workers; ++worker) others.emplace_back(run, worker);
  run(0);
  for (std::thread& other : others) other.join();
  return failure;
}

}  // namespace gnomon
