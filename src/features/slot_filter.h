// SlotFilter: whether any entity row of a group could still see a history row within its TTL, told from two words per group.
// A TTL is mostly short beside the time that a history spans, so this spares most rows the search for their place.
//
// Time is cut into buckets of the TTL's length; bit b of a group says that a slot lies in a bucket whose number is b modulo 128.
// What may see a row of time e lies in [e, e + TTL], hence in e's bucket or in the next one.
// Thread-safety: immutable once built.
#pragma once

#include <array>
#include <cstdint>

#include "base/huge_pages.h"
#include "features/entity_slots.h"
#include "gnomon/env.h"

namespace gnomon {

class SlotFilter {
 public:
  SlotFilter(const EntitySlots& slots, int64_t ttl_us) : first_(static_cast<uint64_t>(slots.min_time())) {
    if (ttl_us <= 0) return;
    buckets_in_all_ = ~uint64_t{0} / static_cast<uint64_t>(ttl_us) / kBuckets * kBuckets;
    if (buckets_in_all_ == 0) return;
    groups_.assign(static_cast<size_t>(slots.group_count()), {});
    for (int32_t group = 0; group < slots.group_count(); ++group) {
      for (int64_t slot = slots.group_begin(group); slot < slots.group_end(group); ++slot) {
        const uint64_t at = bucket(slots.time(slot));
        groups_[static_cast<size_t>(group)][at / 64] |= uint64_t{1} << at % 64;
      }
    }
  }

  // Without a TTL everything may be seen.
  bool active() const { return !groups_.empty(); }
  // REQUIRES (both): active().
  void prefetch(int32_t group) const { __builtin_prefetch(&groups_[static_cast<size_t>(group)]); }
  bool may_see(int32_t group, TimeUs event_time) const {
    const Bits& bits = groups_[static_cast<size_t>(group)];
    const auto has = [&](uint64_t at) { return bits[at / 64] >> at % 64 & 1; };
    const uint64_t at = bucket(event_time);
    return (has(at) | has((at + 1) % kBuckets)) != 0;
  }

 private:
  static constexpr uint64_t kBuckets = 128;
  using Bits = std::array<uint64_t, kBuckets / 64>;
  __extension__ using Wide = unsigned __int128;

  // Times wrap around at 2^64 microseconds, which is a multiple of 128 buckets: neighbours stay neighbours.
  uint64_t bucket(TimeUs t) const {
    const uint64_t since = static_cast<uint64_t>(t) - first_;
    return static_cast<uint64_t>(static_cast<Wide>(since) * buckets_in_all_ >> 64) % kBuckets;
  }

  uint64_t first_;
  uint64_t buckets_in_all_ = 0;  // buckets in 2^64 microseconds: rounded down, so that none is shorter than the TTL
  HugeVector<Bits> groups_;
};

}  // namespace gnomon
