// From exact integers and quotients to the nearest double, ties to even: the one place where aggregated floats are rounded.
//
// A magnitude is little-endian words of 64 bits, of any length; `exponent` is that of its lowest bit. Results are correctly rounded
// over the whole range, subnormals and overflow to infinity included. A magnitude of zero is +0.0, whatever the sign.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <span>

namespace gnomon {

__extension__ typedef __int128 int128_t;
__extension__ typedef unsigned __int128 uint128_t;

enum class Sign : uint8_t { kPlus, kMinus };

// ± magnitude · 2^exponent
double round_to_double(Sign sign, std::span<const uint64_t> magnitude, int exponent);

// ± magnitude · 2^exponent / divisor. REQUIRES: 0 < divisor < 2^127.
double round_quotient(Sign sign, std::span<const uint64_t> magnitude, int exponent, uint128_t divisor);

}  // namespace gnomon
