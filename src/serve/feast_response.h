// Answers in the shapes of Feast's feature server.
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "engine/engine.h"
#include "gnomon/status.h"

namespace gnomon {

// {"results":[{"values":[…],"statuses":[…],"event_timestamps":[…]},…],"metadata":{"feature_names":[…]}}: one vector per join
// key first (PRESENT, 1970), then the features in request order. "metadata" has "errors" where there are any.
std::string online_answer_json(const OnlineAnswer& answer);

// A JSON string that holds the JSON text {"module":"feast.errors","class":…,"message":…}: what Feast's client turns into an
// exception. It imports the module and takes the class from it, so the class is always one of Feast's own.
std::string feast_error_json(std::string_view class_name, std::string_view message);

// `not_found_class`: the class that says which thing was not found, on this route; what Feast has no class for is a FeastError.
std::string feast_error_json(const Status& status, std::string_view not_found_class);

}  // namespace gnomon
