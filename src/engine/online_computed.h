// On-demand features of a request: from the columns that were read to columns with a status and an event time.
// Thread-safety: pure functions; any number of threads may answer.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/asked_features.h"
#include "engine/project.h"

namespace gnomon {

// By (view, feature); empty if nothing is to be computed. PRESENT, NULL_VALUE or INVALID; the event time is the newest of the facts that a
// value was made of. Why values are INVALID goes to `errors`: "INTEGER_OVERFLOW wind:headwind row 3". ERRORS: as compute_on_demand.
Result<std::map<std::pair<std::string, std::string>, OnlineColumn>> computed_online(
    Engine::Impl& project, const AskedFeatures& asked,
    const std::map<const ViewDefinition*, std::vector<OnlineColumn>>& stored, const arrow::RecordBatch& rows,
    std::vector<std::string>* errors);

}  // namespace gnomon
