// OwnEvents: the events that those who ask are about to make. With include_request an event counts in the window of its own request,
// at its time, and in no other.
//
//   events of a group      e0 e1 e2 … en-1 │ o0 o1 … oq-1      frame q: [begin, end) of the events, and oq
//
// Thread-safety: immutable once read.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <arrow/type_fwd.h>

#include "features/windows/event_rows.h"
#include "gnomon/env.h"
#include "gnomon/status.h"

namespace gnomon {

struct OwnEvents {
  std::vector<GroupEvents::Column> columns;   // one value a request, by column asked for
  std::vector<std::vector<uint8_t>> passes;   // by filter
  std::vector<uint8_t> counts;                // whether it passes the view's condition
  std::shared_ptr<arrow::RecordBatch> batch;  // owns the bytes that columns point to

  // `requests`: the columns and those that the filters read, one row a request. Their types are those of the events.
  static Result<OwnEvents> read(std::shared_ptr<arrow::RecordBatch> requests, const std::vector<std::string>& columns,
                                const EventFilter& passes, const std::vector<EventFilter>& filters);

  // `events` with the own events [first, first + times.size()) behind them, at `times`. Those that do not count pass no filter.
  void append_to(const GroupEvents& events, int64_t first, std::span<const TimeUs> times, GroupEvents* out) const;
};

}  // namespace gnomon
