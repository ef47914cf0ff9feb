// WindowEvents: events of a history on their way into a state, together by entity.
// Thread-safety: immutable once read.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/definitions.h"
#include "features/tiles/state_events.h"
#include "features/tiles/tile_builder.h"
#include "features/windows/event_rows.h"
#include "gnomon/status.h"

namespace gnomon {

class WindowEvents {
 public:
  // REQUIRES: a view with aggregations, which outlives the events.
  static Result<WindowEvents> read(const ViewDefinition& definition, const std::vector<EventPart>& parts, int threads);

  int64_t count() const { return rows_.count(); }
  // Calls use() with all events of some entities, until it has seen all. It is called from several threads at once.
  using Use = std::function<Status(const StateEvents& events, std::span<const EntityEvents> entities)>;
  Status for_entities(int threads, const Use& use) const;

 private:
  Status use_groups(int32_t first, int32_t end, const Use& use) const;
  void append(const GroupEvents& group, EventBatch* batch) const;

  const ViewDefinition* definition_ = nullptr;
  std::vector<std::string> entities_;  // encoded join keys by group
  EventRows rows_;
};

}  // namespace gnomon
