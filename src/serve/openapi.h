// The OpenAPI 3.1 document of the routes, written from their table.
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "serve/route_table.h"

namespace gnomon {

std::string openapi_json(const std::vector<Route>& routes);

// The JSON schemas that routes name, as the text of one object: name → schema.
const char* openapi_schemas_json();

}  // namespace gnomon
