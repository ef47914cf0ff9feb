// Hashes, random bytes and comparison in constant time, over OpenSSL.
// Thread-safety: pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace gnomon {

using Sha256 = std::array<uint8_t, 32>;

// About 0.3 µs for the length of a key.
Sha256 sha256(std::string_view bytes);

// How long it takes does not depend on where they differ.
bool equal_in_constant_time(const Sha256& a, const Sha256& b);

// From the system's generator of keys.
std::string random_bytes(size_t count);

// base64url without padding, RFC 4648 section 5.
std::string base64url(std::string_view bytes);

std::string hex_of(const Sha256& hash);
bool parse_hex(std::string_view text, Sha256* hash);

}  // namespace gnomon
