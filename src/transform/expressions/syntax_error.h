// Errors that show the place.
#pragma once

#include <string>
#include <string_view>

#include "gnomon/status.h"

namespace gnomon {

// GN164 with the line that holds byte `offset` of `text` and a caret below it. Long lines are cut around the place.
Status syntax_error(std::string_view text, size_t offset, const std::string& message, const std::string& hint = "");

// The two lines of that picture, for errors with another id: "\n  amount > )\n           ^".
std::string pointed_at(std::string_view text, size_t offset);

}  // namespace gnomon
