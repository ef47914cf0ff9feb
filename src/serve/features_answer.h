// Answers of /v1 as JSON. Times are ISO 8601.
// Thread-safety: pure functions.
#pragma once

#include <string>

#include <arrow/type_fwd.h>

#include "engine/engine.h"
#include "gnomon/status.h"

namespace gnomon {

// {"as_of", "sequence", "entities": {"key": […]}, "features": [{"name", "values", "statuses", "event_times", "ages_seconds"}],
// "errors": […]}; event time and age are null where there is no fact behind the value.
std::string features_answer_json(const OnlineAnswer& answer);

// {"columns": {"name": […]}, "manifest": {…}}
std::string training_set_json(const arrow::Table& table, const std::string& manifest_json);

// {"name": […]}
std::string columns_json(const arrow::Table& table);

}  // namespace gnomon
