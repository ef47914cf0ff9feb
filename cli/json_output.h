// JSON documents of the engine as a person reads them.
// Thread-safety: pure functions.
#pragma once

#include <string>

namespace gnomon::cli {

// A list of flat objects as a table: columns in order of appearance, "name" first. REQUIRES: a JSON array of objects.
std::string rows_text(const std::string& json);

// Any document as an indented outline: "key: value"; empty members are left out.
std::string outline_text(const std::string& json);

}  // namespace gnomon::cli
