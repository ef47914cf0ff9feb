// Engine::Impl: the opened project that the engine's steps share. Private to src/engine.
// Thread-safety: definitions(), online() and python_functions() may be called from any thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "engine/definitions.h"
#include "engine/engine.h"
#include "gnomon/offline_table.h"
#include "gnomon/python_functions.h"

namespace gnomon {

struct Engine::Impl {
  EngineOptions options;
  Env* env = nullptr;
  std::string dir;        // absolute
  std::string state_dir;  // <dir>/.gnomon

  Result<Registry*> registry();
  Result<OnlineStore*> online();
  // The store for answering only: on a full disk, where owning it is not possible, its last durable state is read instead.
  Result<OnlineStore*> online_for_reading();
  // The applied definitions; looks at the registry's revision at most every kDefinitionsMaxAgeUs.
  Result<std::shared_ptr<const Definitions>> definitions();
  void forget_definitions();

  std::string python() const;
  // The process that calls on-demand functions; nothing is started before the first call.
  PythonFunctions& python_functions();
  void report(const std::string& what, int64_t done, int64_t total) const {
    if (options.progress) options.progress({what, done, total});
  }

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
  // The one that gnomon.yaml names.
  Result<std::unique_ptr<OnlineStore>> open_online_store(OpenMode mode) const;

  std::mutex mutex_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<Registry> definitions_source_;  // its own handle, so that online reads never wait for a run
  std::unique_ptr<OnlineStore> online_;
  std::unique_ptr<OnlineStore> online_read_only_;
  std::shared_ptr<const Definitions> definitions_;  // shared: answers in flight keep the version they started with
  TimeUs definitions_checked_us_ = 0;
  std::unique_ptr<PythonFunctions> python_functions_;
};

inline constexpr TimeUs kDefinitionsMaxAgeUs = 100'000;

}  // namespace gnomon
