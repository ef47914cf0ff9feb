// ServedLog: answers on their way to files under .gnomon/served, for `gnomon verify` and for whoever analyses what was served.
//
// Asynchronous and bounded: a read hands its answer over and goes on. What finds the queue full is dropped and counted, and so is what
// cannot be written; nothing of this ever fails or delays a read. Files are written whole, durably, and appear at once.
// Thread-safety: all methods may be called from any thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/engine.h"
#include "engine/served_answer.h"
#include "gnomon/env.h"

namespace gnomon {

class ServedLog {
 public:
  // REQUIRES: `env` outlives it.
  ServedLog(std::string folder, const ServedLogOptions& options, Env* env);
  // Writes what is waiting.
  ~ServedLog();

  // Whether this answer is one of the sample.
  bool samples();
  void add(ServedAnswer served);
  void count_dropped() { ++dropped_; }

  // Returns when everything that was added before is in files, or could not be written. ERRORS: those of the last write.
  Status flush();

  ServedLogCounters counters() const;

 private:
  // Waiting answers beyond either are dropped; buffered ones beyond the last are written.
  static constexpr size_t kMostWaiting = 4096;
  static constexpr int64_t kMostWaitingCells = 4 << 20;
  static constexpr int64_t kMostBufferedCells = 1 << 20;

  void work();
  void take(std::deque<ServedAnswer> answers);
  void write_buffered();
  Status write_file(const std::vector<ServedAnswer>& answers);
  void remove_old_files();

  const std::string folder_;
  const ServedLogOptions options_;
  Env* const env_;
  const uint64_t seed_;
  std::atomic<uint64_t> asked_{0};

  std::atomic<uint64_t> logged_{0}, dropped_{0}, failed_{0}, files_{0};

  std::mutex mutex_;
  std::condition_variable wake_, settled_;
  std::deque<ServedAnswer> waiting_;
  int64_t waiting_cells_ = 0;
  uint64_t flushes_asked_ = 0, flushes_done_ = 0;
  bool stops_ = false;
  Status last_write_;

  // Of the writing thread alone.
  std::map<std::string, std::vector<ServedAnswer>> buffered_;  // by shape
  int64_t buffered_cells_ = 0;
  TimeUs removed_at_us_ = 0;

  std::thread thread_;  // last: it uses all of the above
};

// Files of served answers in a project's folder of them, in the order of their names. None if there is no folder.
std::vector<std::string> served_files(const std::string& folder);

}  // namespace gnomon
