// Integers as bytes that sort as the integers do: big endian, the sign bit flipped.
// Thread-safety: pure functions.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace gnomon {

inline constexpr uint32_t kSignBit32 = uint32_t{1} << 31;
inline constexpr uint64_t kSignBit64 = uint64_t{1} << 63;

static_assert(std::endian::native == std::endian::little, "store_big swaps bytes");

inline uint32_t swap_bytes(uint32_t word) { return __builtin_bswap32(word); }
inline uint64_t swap_bytes(uint64_t word) { return __builtin_bswap64(word); }

template <class Word>
void store_big(char* to, Word word) {
  Word swapped = swap_bytes(word);
  std::memcpy(to, &swapped, sizeof swapped);
}

template <class Word>
Word load_big(const char* from) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return swap_bytes(word);
}

}  // namespace gnomon
