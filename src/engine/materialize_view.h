// Materialization of one view: what `run`, the materialize calls and online reads share.
// Thread-safety: one call at a time per project.
#pragma once

#include <limits>
#include <vector>

#include <arrow/type_fwd.h>

#include "engine/load_log.h"
#include "engine/project.h"

namespace gnomon {

// Loads every row with event_time < end that is not in the online store yet, late rows and online-only ones included, and moves the
// view's mark in the same write.
Result<ViewReport> materialize_view_incremental(Engine::Impl& project, const ViewDefinition& definition, TimeUs end);

// Removes rows that no read at or after `as_of` needs. How many went. REQUIRES: a view without aggregations.
Result<int64_t> compact_rows(OnlineStore& store, const ViewDefinition& definition, TimeUs as_of);

// Writes rows of a view without aggregations and `marks`, and in the same step an entry of the load log that tells what was `loaded`.
Status write_online_rows(Engine::Impl& project, const ViewDefinition& definition, const arrow::RecordBatchVector& rows,
                         std::vector<OnlineMark> marks, LoadEntry loaded);

inline constexpr TimeUs kNothingMaterialized = std::numeric_limits<TimeUs>::max();

// The earliest time that the view's online rows can answer for: `materialize(start, end)` leaves out what came before `start`.
// kNothingMaterialized before the first one.
Result<TimeUs> covered_from(OnlineStore& store, const ViewDefinition& definition);
// The same for answers, maybe as it was a moment ago (OnlineStore::recent_mark).
Result<TimeUs> recently_covered_from(OnlineStore& store, const ViewDefinition& definition);

}  // namespace gnomon
