// Literals as they are written: Python's forms.
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "gnomon/expression.h"

namespace gnomon {

enum class TextKind : uint8_t { kString, kBytes };
enum class Escapes : uint8_t { kDecoded, kRaw };  // raw: r'…'

// What stands between the quotes of a literal, decoded. On failure `offset` is the byte within `body` to point at.
// ERRORS: GN164, without a picture: the caller knows the line.
Result<std::string> decode_text(std::string_view body, TextKind kind, Escapes escapes, size_t* offset);

// The canonical spelling. REQUIRES: floats are finite.
std::string literal_text(const Literal& value);

// A column's name, in backquotes unless it is a plain one.
std::string column_text(std::string_view name);

}  // namespace gnomon
