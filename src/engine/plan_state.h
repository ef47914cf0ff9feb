// What a plan says about the state that views with aggregations will keep online.
// Thread-safety: pure functions.
#pragma once

#include "engine/definitions.h"
#include "gnomon/registry.h"

namespace gnomon {

// "state": partial results, tiles, and the most that one entity can need. REQUIRES: a view with aggregations.
PlanSection state_section(const ViewDefinition& definition);

// Adds the section to every added or changed view with aggregations.
Status add_state_sections(Plan* plan);

}  // namespace gnomon
