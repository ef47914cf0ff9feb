// New projects: a copy of an example's definitions, or an empty one.
// Thread-safety: one call at a time for one folder.
#pragma once

#include <string>
#include <vector>

#include "gnomon/env.h"
#include "gnomon/status.h"

namespace gnomon::cli {

// Writes the template's files into `folder`, which is made if need be; returns their names. Nothing is ever overwritten.
// "flights" is examples/flights beside the source tree or the installed binary: its definitions, without data and state.
// ERRORS: GN702 AlreadyExists if one of the files is there; GN703 NotFound if the example did not come with this binary.
Result<std::vector<std::string>> write_project_template(const std::string& name, const std::string& folder, Env* env);

}  // namespace gnomon::cli
