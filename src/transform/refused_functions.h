// What SQL in a definition may not call, and why.
// Thread-safety: pure functions.
#pragma once

#include <string_view>

namespace gnomon {

// The reason a function is refused ("its answer changes from call to call"), or null. `name` in lower case.
const char* refused_function(std::string_view name);

// The same for names that call a function without parentheses: current_date.
const char* refused_keyword(std::string_view name);

}  // namespace gnomon
