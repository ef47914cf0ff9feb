// Content hashes (xxHash3). Not for security: they recognise equal bytes.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gnomon/status.h"

namespace gnomon {

uint64_t hash64(std::string_view bytes);

// 32 hex digits of the 128-bit hash.
std::string hash128_hex(std::string_view bytes);

// The same over a whole file, read in blocks. ERRORS: GN502.
Result<std::string> hash128_hex_of_file(const std::string& path);

}  // namespace gnomon
