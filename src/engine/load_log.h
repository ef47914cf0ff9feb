// The load log: what the online store has taken in of each view's history, write by write. An answer that names the store's sequence can
// so be recomputed later over exactly what it was read from (docs/decisions/verify.md).
//
// It is kept as marks of the store, which move in the same atomic write as the rows or windows that they tell of. A view's entries are
// named by its online id, or by the name of its windows' state, so that dropping it drops them too.
// Thread-safety: pure functions over a store; one writing call at a time per project.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/project.h"
#include "gnomon/online_store.h"
#include "gnomon/status.h"

namespace gnomon {

// Rows of one part of a history (HistoryPart::id) with event_time in [from, to).
struct LoadedRange {
  std::string part;
  TimeUs from = 0;
  TimeUs to = 0;
};

struct LoadEntry {
  uint64_t after = 0;        // an answer with a greater sequence was read from a store that has it
  bool starts_anew = false;  // what earlier entries tell of was replaced
  std::vector<LoadedRange> ranges;
};

struct LoadLog {
  bool is_whole = true;  // false: the store has rows that were written before there was a log
  std::vector<LoadEntry> entries;
};

// Where the entries of a view are.
std::string load_log_name(const ViewDefinition& definition);

// The marks that append an entry: to be given to the write that it tells of. `entry.after` is set here.
Result<std::vector<OnlineMark>> load_marks(OnlineStore& store, Env* env, const std::string& name, LoadEntry entry);

// ERRORS: GN511 for a mark that is none.
Result<LoadLog> read_load_log(OnlineStore& store, const std::string& name);

// Tells this store from another that was made in the same folder later, whose sequence starts again. Empty: nothing was written yet.
Result<std::string> load_log_store(OnlineStore& store);

}  // namespace gnomon
