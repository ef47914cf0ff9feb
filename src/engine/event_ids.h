// Event ids: where a source declares `event_id`, an id counts once (semantics.md, "Late, duplicate, retracted").
//
// Of rows that share an id and are equal in every column, one counts and the others are repeats. Where they differ, the smallest content
// counts, and the others are bad data: conflicting_duplicate. A row whose id is null cannot be told from its repeats, and is bad data too.
// Rows that fail a check, or whose event time cannot be used, are no events, and stand back before an id is given away.
// Thread-safety: pure functions.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <arrow/type_fwd.h>

#include "data/row_history.h"
#include "gnomon/quality.h"
#include "gnomon/status.h"
#include "gnomon/v1/manifest.pb.h"

namespace gnomon {

struct EventIdRows {
  std::vector<int64_t> repeated;
  std::vector<Rejected> rejected;  // by row
};

// `ids` has the columns of the source's event id and event time, `bad` are rows that failed a check. `all_columns` gives the same rows
// whole; it is called only where ids are shared. REQUIRES: a source with event_id.
using WholeRows = std::function<Result<std::shared_ptr<arrow::Table>>()>;
Result<EventIdRows> find_event_ids(const v1::Source& source, const arrow::Table& ids, const RowSet& bad,
                                   const WholeRows& all_columns);

// The check's result, as reports show it.
CheckResult event_id_result(const v1::Source& source, int64_t rows, const EventIdRows& found);

}  // namespace gnomon
