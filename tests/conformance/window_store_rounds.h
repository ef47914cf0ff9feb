// Records that are written in rounds, each replacing all of the one before: what is there tells which writes were whole.
#pragma once

#include <string>
#include <vector>

#include "gnomon/window_store.h"

namespace gnomon {

inline constexpr const char* kWindowRounds = "demo/user@1";

// Of `round`; each has at least `bytes` bytes. The mark "round" goes with them.
std::vector<WindowRecord> window_rounds(TimeUs round, size_t bytes = 20);

// The round that all records and the mark are of; or what is wrong.
std::string rounds_seen(OnlineStore& store);

}  // namespace gnomon
