// Engine::Impl: the opened project that the engine's steps share. Private to src/engine.
// Thread-safety: definitions(), online() and python_functions() may be called from any thread.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "engine/definitions.h"
#include "engine/engine.h"
#include "gnomon/offline_table.h"
#include "gnomon/python_functions.h"

namespace gnomon {

class ServedLog;

struct Engine::Impl {
  Impl();
  ~Impl();

  EngineOptions options;
  Env* env = nullptr;
  std::string dir;        // absolute
  std::string state_dir;  // <dir>/.gnomon

  Result<Registry*> registry();
  // Without what earlier definitions have left in it.
  Result<OnlineStore*> online();
  // The store for answering only: on a full disk, where owning it is not possible, its last durable state is read instead.
  Result<OnlineStore*> online_for_reading();
  // The one that gnomon.yaml names.
  Result<std::unique_ptr<OnlineStore>> open_online_store(OpenMode mode) const;
  // The applied definitions; looks at the registry's revision at most every kDefinitionsMaxAgeUs.
  Result<std::shared_ptr<const Definitions>> definitions();
  void forget_definitions();

  std::string python() const;
  // The process that calls on-demand functions; nothing is started before the first call.
  PythonFunctions& python_functions();
  std::string served_dir() const { return state_dir + "/served"; }
  void report(const std::string& what, int64_t done, int64_t total) const {
    if (options.progress) options.progress({what, done, total});
  }

  // Writes to the online store that have begun and not ended: what they write may be visible before the store's sequence says so.
  std::atomic<int> online_writes{0};

  // Tables of the offline store: <state_dir>/offline/<folder>/<name>.
  OfflineTable view_table(const std::string& view) const { return OfflineTable(state_dir + "/offline/views/" + view, env); }
  OfflineTable push_table(const std::string& source) const {
    return OfflineTable(state_dir + "/offline/pushed/" + source, env);
  }
  OfflineTable online_only_table(const std::string& view) const {
    return OfflineTable(state_dir + "/offline/online_only/" + view, env);
  }
  OfflineTable quarantine_table() const { return OfflineTable(state_dir + "/offline/quarantine", env); }

 private:
  std::mutex mutex_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<Registry> definitions_source_;  // its own handle, so that online reads never wait for a run
  std::unique_ptr<OnlineStore> online_;
  std::unique_ptr<OnlineStore> online_read_only_;
  bool may_have_leftovers_ = true;                  // of revisions that the online store has not seen yet
  std::shared_ptr<const Definitions> definitions_;  // shared: answers in flight keep the version they started with
  TimeUs definitions_checked_us_ = 0;
  std::unique_ptr<PythonFunctions> python_functions_;

 public:
  std::unique_ptr<ServedLog> served_log;  // null: answers are not logged. Last: what it has not written yet uses the rest
};

// Held around every write to the online store.
class OnlineWrite {
 public:
  explicit OnlineWrite(Engine::Impl& project) : project_(project) { ++project_.online_writes; }
  ~OnlineWrite() { --project_.online_writes; }
  OnlineWrite(const OnlineWrite&) = delete;
  OnlineWrite& operator=(const OnlineWrite&) = delete;

 private:
  Engine::Impl& project_;
};

inline constexpr TimeUs kDefinitionsMaxAgeUs = 100'000;

}  // namespace gnomon
