// Materialization of one view: what `run`, the materialize calls and online reads share.
// Thread-safety: one call at a time per project.
#pragma once

#include "engine/project.h"

namespace gnomon {

// Loads every row with event_time < end that is not in the online store yet, late rows and online-only ones included, and moves the
// view's mark in the same write.
Result<ViewReport> materialize_view_incremental(Engine::Impl& project, const ViewDefinition& definition, TimeUs end);

// The earliest time that the view's online rows can answer for: `materialize(start, end)` leaves out what came before `start`.
// The greatest time there is before anything was materialized.
Result<TimeUs> covered_from(OnlineStore& store, const ViewDefinition& definition);

}  // namespace gnomon
