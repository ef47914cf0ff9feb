// Online answers as messages of Feast's gRPC service.
//
// The bytes are written straight from the columns: building a protobuf object for every value and time would cost several times as much.
// Thread-safety: pure functions.
#pragma once

#include <string>

#include "engine/engine.h"
#include "gnomon/status.h"

namespace gnomon {

// A feast.serving.GetOnlineFeaturesResponse: one vector per join key first (PRESENT, 1970), then the features in request order. A null
// is a value that is not set; a list with a null among its members is a list_val, which can hold one; times are whole seconds, floored.
// ERRORS: Unimplemented (GN613) for a type that Feast's values have no place for.
Result<std::string> online_answer_message(const OnlineAnswer& answer);

}  // namespace gnomon
