// UTF-8, as far as literals and messages need it.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gnomon {

// Strict: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

// Where the first byte stands that is no UTF-8, or text.size().
size_t first_invalid_utf8(std::string_view text);

// REQUIRES: a scalar value (no surrogate, at most 0x10FFFF).
void append_utf8(uint32_t code_point, std::string* out);

// Whether a byte starts a character: all but continuation bytes.
constexpr bool starts_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

}  // namespace gnomon
