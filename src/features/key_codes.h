// Hash tables from key values to dense codes: one for 64-bit values, one for texts. Open addressing, linear probing, at most
// half full; look-ups are done in blocks with prefetching, because at a million keys every probe is a cache miss. Integers that lie
// close together, as numbered entities do, end in an array that is indexed by them.
// Thread-safety: insert from one thread, then find from any.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/huge_pages.h"

namespace gnomon {

inline constexpr int32_t kNoCode = -1;
inline constexpr int kLookupBlock = 64;

inline uint64_t mix64(uint64_t x) {
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93ULL;
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93ULL;
  return x ^ (x >> 32);
}

class IntCodes {
 public:
  explicit IntCodes(int64_t expected) { resize(expected); }

  // REQUIRES: no finish() before.
  int32_t insert(int64_t value) {
    if (2 * (count_ + 1) > slots_.size()) grow();
    for (size_t at = mix64(static_cast<uint64_t>(value)) & mask_;; at = (at + 1) & mask_) {
      Slot& slot = slots_[at];
      if (slot.code == kNoCode) {
        slot = {value, static_cast<int32_t>(count_)};
        return static_cast<int32_t>(count_++);
      }
      if (slot.value == value) return slot.code;
    }
  }

  // Ends the inserting, and makes the array where it would take less memory than the table.
  void finish() {
    if (count_ == 0) return;
    uint64_t least = ~uint64_t{0};
    uint64_t greatest = 0;
    for (const Slot& slot : slots_) {
      if (slot.code == kNoCode) continue;
      least = std::min(least, order_of(slot.value));
      greatest = std::max(greatest, order_of(slot.value));
    }
    if (greatest - least >= slots_.size()) return;
    first_ = least;
    array_.assign(static_cast<size_t>(greatest - least) + 1, kNoCode);
    for (const Slot& slot : slots_) {
      if (slot.code != kNoCode) array_[static_cast<size_t>(order_of(slot.value) - first_)] = slot.code;
    }
    HugeVector<Slot>().swap(slots_);
  }

  // codes[i] of values(i), kNoCode where it is not there.
  template <class Values>
  void find(int64_t rows, const Values& values, int32_t* codes) const {
    if (!array_.empty()) {
      for (int64_t i = 0; i < rows; ++i) {
        const uint64_t at = order_of(values(i)) - first_;
        codes[i] = at < array_.size() ? array_[static_cast<size_t>(at)] : kNoCode;
      }
      return;
    }
    std::array<uint32_t, kLookupBlock> at;
    for (int64_t start = 0; start < rows; start += kLookupBlock) {
      int n = static_cast<int>(std::min<int64_t>(kLookupBlock, rows - start));
      for (int i = 0; i < n; ++i) {
        at[static_cast<size_t>(i)] = static_cast<uint32_t>(mix64(static_cast<uint64_t>(values(start + i))) & mask_);
        __builtin_prefetch(&slots_[at[static_cast<size_t>(i)]]);
      }
      for (int i = 0; i < n; ++i) codes[start + i] = probe(at[static_cast<size_t>(i)], values(start + i));
    }
  }

  int32_t count() const { return static_cast<int32_t>(count_); }

 private:
  struct Slot {
    int64_t value = 0;
    int32_t code = kNoCode;
  };

  static constexpr uint64_t kSignBit = uint64_t{1} << 63;
  static uint64_t order_of(int64_t value) { return static_cast<uint64_t>(value) ^ kSignBit; }

  int32_t probe(size_t at, int64_t value) const {
    for (;; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.code == kNoCode || slot.value == value) return slot.code;
    }
  }

  void resize(int64_t expected) {
    size_t size = std::bit_ceil(static_cast<size_t>(std::max<int64_t>(expected, 8)) * 2);
    slots_.assign(size, Slot{});
    mask_ = size - 1;
  }

  void grow() {
    HugeVector<Slot> old = std::move(slots_);
    resize(static_cast<int64_t>(old.size()));
    for (const Slot& slot : old) {
      if (slot.code == kNoCode) continue;
      size_t at = mix64(static_cast<uint64_t>(slot.value)) & mask_;
      while (slots_[at].code != kNoCode) at = (at + 1) & mask_;
      slots_[at] = slot;
    }
  }

  HugeVector<Slot> slots_;
  size_t mask_ = 0;
  size_t count_ = 0;
  HugeVector<int32_t> array_;  // codes of first_, first_ + 1, …; empty: the values lie too far apart
  uint64_t first_ = 0;
};

// Reads `size` bytes in words; short and cheap rather than cryptographic. The table compares the whole text anyway.
inline uint64_t hash_text(std::string_view text) {
  uint64_t hash = 0x9e3779b97f4a7c15ULL ^ text.size();
  const char* at = text.data();
  size_t left = text.size();
  auto step = [&](uint64_t word) { hash = std::rotl((hash ^ word) * 0xd6e8feb86659fd93ULL, 29); };
  for (; left >= 8; left -= 8, at += 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    step(word);
  }
  if (left > 0) {
    uint64_t word = 0;
    std::memcpy(&word, at, left);
    step(word);
  }
  return mix64(hash);
}

class TextCodes {
 public:
  explicit TextCodes(int64_t expected) { resize(expected); }

  int32_t insert(std::string_view text) {
    if (2 * (offsets_.size() + 1) > slots_.size()) grow();
    uint64_t hash = hash_text(text);
    for (size_t at = hash & mask_;; at = (at + 1) & mask_) {
      Slot& slot = slots_[at];
      if (slot.code == kNoCode) {
        slot = {static_cast<uint32_t>(hash >> 32), static_cast<int32_t>(offsets_.size() - 1)};
        bytes_.insert(bytes_.end(), text.begin(), text.end());
        offsets_.push_back(bytes_.size());
        return slot.code;
      }
      if (slot.tag == static_cast<uint32_t>(hash >> 32) && text_of(slot.code) == text) return slot.code;
    }
  }

  template <class Texts>
  void find(int64_t rows, const Texts& texts, int32_t* codes) const {
    std::array<uint64_t, kLookupBlock> hashes;
    for (int64_t start = 0; start < rows; start += kLookupBlock) {
      int n = static_cast<int>(std::min<int64_t>(kLookupBlock, rows - start));
      for (int i = 0; i < n; ++i) {
        hashes[static_cast<size_t>(i)] = hash_text(texts(start + i));
        __builtin_prefetch(&slots_[hashes[static_cast<size_t>(i)] & mask_]);
      }
      // Second wave: where the candidate's text lies.
      for (int i = 0; i < n; ++i) {
        int32_t code = slots_[hashes[static_cast<size_t>(i)] & mask_].code;
        if (code != kNoCode) __builtin_prefetch(&offsets_[static_cast<size_t>(code)]);
      }
      for (int i = 0; i < n; ++i) {
        int32_t code = slots_[hashes[static_cast<size_t>(i)] & mask_].code;
        if (code != kNoCode) __builtin_prefetch(bytes_.data() + offsets_[static_cast<size_t>(code)]);
      }
      for (int i = 0; i < n; ++i) codes[start + i] = probe(hashes[static_cast<size_t>(i)], texts(start + i));
    }
  }

  int32_t count() const { return static_cast<int32_t>(offsets_.size() - 1); }

 private:
  struct Slot {
    uint32_t tag = 0;
    int32_t code = kNoCode;
  };

  std::string_view text_of(int32_t code) const {
    size_t begin = offsets_[static_cast<size_t>(code)];
    return {bytes_.data() + begin, offsets_[static_cast<size_t>(code) + 1] - begin};
  }

  int32_t probe(uint64_t hash, std::string_view text) const {
    for (size_t at = hash & mask_;; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.code == kNoCode) return kNoCode;
      if (slot.tag == static_cast<uint32_t>(hash >> 32) && text_of(slot.code) == text) return slot.code;
    }
  }

  void resize(int64_t expected) {
    size_t size = std::bit_ceil(static_cast<size_t>(std::max<int64_t>(expected, 8)) * 2);
    slots_.assign(size, Slot{});
    mask_ = size - 1;
  }

  void grow() {
    resize(static_cast<int64_t>(slots_.size()));
    for (int32_t code = 0; code < count(); ++code) {
      uint64_t hash = hash_text(text_of(code));
      size_t at = hash & mask_;
      while (slots_[at].code != kNoCode) at = (at + 1) & mask_;
      slots_[at] = {static_cast<uint32_t>(hash >> 32), code};
    }
  }

  HugeVector<Slot> slots_;
  size_t mask_ = 0;
  HugeVector<char> bytes_;
  HugeVector<size_t> offsets_{0};
};

}  // namespace gnomon
