// Filling in what definitions leave open: dtypes of join keys and features, read from the data and then frozen.
// Thread-safety: pure functions over the project; one call at a time per project.
#pragma once

#include <vector>

#include "engine/project.h"

namespace gnomon {

// Fills join_keys and schema of every view in `names` (empty: all). A view whose rows are defined as in `applied` keeps the schema
// frozen there; GN142 if the data no longer fit it. Columns that checks and views name must exist (GN101 with "did you mean").
// Appends every problem found to `problems`; returns a Status only when it cannot go on at all.
Status resolve_schemas(Engine::Impl& project, const v1::Manifest& applied, const std::vector<std::string>& names,
                       v1::Manifest* manifest, std::vector<Status>* problems);

}  // namespace gnomon
