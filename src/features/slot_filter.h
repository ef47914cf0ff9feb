// SlotFilter: whether any entity row of a group could still see a history row within its TTL, told from one word per group.
// A TTL is mostly short beside the time that a history spans, so this spares most rows the search for their place.
//
// Time is cut into buckets of a power of two >= TTL; bit b of a group's word says that a slot lies in a bucket whose number is
// b modulo 64. What may see a row of time e lies in [e, e + TTL], hence in e's bucket or in the next one.
// Thread-safety: immutable once built.
#pragma once

#include <bit>
#include <cstdint>

#include "base/huge_pages.h"
#include "features/entity_slots.h"
#include "gnomon/env.h"

namespace gnomon {

class SlotFilter {
 public:
  SlotFilter(const EntitySlots& slots, int64_t ttl_us) : first_(static_cast<uint64_t>(slots.min_time())) {
    if (ttl_us <= 0 || ttl_us > kGreatestTtl) return;
    shift_ = static_cast<int>(std::bit_width(static_cast<uint64_t>(ttl_us)));
    words_.assign(static_cast<size_t>(slots.group_count()), 0);
    for (int32_t group = 0; group < slots.group_count(); ++group) {
      uint64_t& word = words_[static_cast<size_t>(group)];
      for (int64_t slot = slots.group_begin(group); slot < slots.group_end(group); ++slot)
        word |= uint64_t{1} << bucket(slots.time(slot));
    }
  }

  // Without a TTL everything may be seen.
  bool active() const { return !words_.empty(); }
  // REQUIRES (both): active().
  void prefetch(int32_t group) const { __builtin_prefetch(&words_[static_cast<size_t>(group)]); }
  bool may_see(int32_t group, TimeUs event_time) const {
    return (words_[static_cast<size_t>(group)] & std::rotl(uint64_t{3}, static_cast<int>(bucket(event_time)))) != 0;
  }

 private:
  // Bucket numbers wrap around at 2^64 microseconds; that this is a multiple of 64 buckets keeps neighbours neighbours.
  static constexpr int64_t kGreatestTtl = int64_t{1} << 57;
  uint64_t bucket(TimeUs t) const { return ((static_cast<uint64_t>(t) - first_) >> shift_) % 64; }

  uint64_t first_;
  int shift_ = 0;
  HugeVector<uint64_t> words_;
};

}  // namespace gnomon
