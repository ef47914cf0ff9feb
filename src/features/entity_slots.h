// EntitySlots: the distinct (group, time) pairs of the entity rows, sorted within each group. A history row finds its place
// with one search; what holds at a slot holds for every entity row behind it.
// Thread-safety: immutable once built.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/huge_pages.h"
#include "gnomon/env.h"

namespace gnomon {

class EntitySlots {
 public:
  // Which rows of a group have one slot together. With kNone, times ascend without being distinct.
  enum class Share : uint8_t { kEqualTimes, kNone };

  // `groups[i]` (kNoGroup: no slot) and `times[i]` of entity row i.
  static EntitySlots build(const std::vector<int32_t>& groups, int32_t group_count, const TimeUs* times,
                           Share share = Share::kEqualTimes);

  int64_t slot_count() const { return static_cast<int64_t>(times_.size()); }
  int32_t group_count() const { return static_cast<int32_t>(groups_.size()); }
  int64_t group_begin(int32_t group) const { return groups_[static_cast<size_t>(group)].begin; }
  int64_t group_end(int32_t group) const { return groups_[static_cast<size_t>(group)].end; }
  TimeUs time(int64_t slot) const { return times_[static_cast<size_t>(slot)]; }
  // The times of a group's slots, ascending.
  std::span<const TimeUs> times(int32_t group) const {
    return {times_.data() + group_begin(group), static_cast<size_t>(group_end(group) - group_begin(group))};
  }
  // The slot of entity row i, or -1 (null key).
  int64_t slot_of_row(int64_t row) const { return slot_of_row_[static_cast<size_t>(row)]; }

  TimeUs min_time() const { return min_time_; }
  TimeUs max_time() const { return max_time_; }

  // The search for a place in three steps, each of which waits for memory that the one before can order:
  //   prefetch(group) … candidates(group, t) … first_at_or_after(range, t)
  // A range is a part of one group that holds the answer, or whose end is it.
  struct Range {
    uint32_t begin;
    uint32_t end;
  };

  void prefetch(int32_t group) const { __builtin_prefetch(&groups_[static_cast<size_t>(group)]); }

  // Orders what `candidates` reads. REQUIRES: nothing; best after prefetch(group) has arrived.
  void prefetch_candidates(int32_t group_number, TimeUs t) const {
    const Group& group = groups_[static_cast<size_t>(group_number)];
    if (group.index < 0) {
      __builtin_prefetch(&times_[group.begin]);
      __builtin_prefetch(&times_[group.begin + (group.end - group.begin) / 2]);
      __builtin_prefetch(&times_[group.end - 1]);
    } else {
      const Index& index = indexes_[static_cast<size_t>(group.index)];
      __builtin_prefetch(&bucket_offsets_[index.offset + index.bucket_of(t)]);
    }
  }

  Range candidates(int32_t group_number, TimeUs t) const {
    const Group& group = groups_[static_cast<size_t>(group_number)];
    if (group.index < 0) return {group.begin, group.end};
    const Index& index = indexes_[static_cast<size_t>(group.index)];
    const uint32_t* offsets = &bucket_offsets_[index.offset + index.bucket_of(t)];
    __builtin_prefetch(&times_[group.begin + offsets[0]]);
    return {group.begin + offsets[0], group.begin + offsets[1]};
  }

  // The first slot of the range with time >= t, or its end.
  int64_t first_at_or_after(Range range, TimeUs t) const {
    const TimeUs* from = times_.data() + range.begin;
    int64_t n = range.end - range.begin;
    if (n <= kCountedSlots) {  // none of these reads waits for another
      int64_t earlier = 0;
      for (int64_t at = 0; at < n; ++at) earlier += static_cast<int64_t>(from[at] < t);
      return from - times_.data() + earlier;
    }
    // A lower bound whose steps depend on n alone: the comparison moves `from` by arithmetic, so nothing is mispredicted.
    while (n > 1) {
      int64_t half = n / 2;
      from += -static_cast<int64_t>(from[half - 1] < t) & half;
      n -= half;
    }
    if (n == 1) from += static_cast<int64_t>(*from < t);
    return from - times_.data();
  }

 private:
  static constexpr int64_t kCountedSlots = 16;

  struct Group {
    uint32_t begin;
    uint32_t end;
    int32_t index;  // into indexes_, or -1
  };

  // Large groups (hot keys) carry a table over equal spans of time, so that a search touches a few slots and not log2 of many.
  // A time before the first slot falls into bucket 0 and one after the last into the bucket behind all, which is empty.
  struct Index {
    TimeUs first;
    TimeUs last;
    uint64_t offset;   // into bucket_offsets_
    uint64_t buckets;  // that hold slots; one more lies behind them
    int shift;

    uint64_t bucket_of(TimeUs t) const {
      if (t <= first) return 0;
      if (t > last) return buckets;
      return (static_cast<uint64_t>(t) - static_cast<uint64_t>(first)) >> shift;
    }
  };
  void build_indexes();

  HugeVector<Group> groups_;
  HugeVector<TimeUs> times_;
  std::vector<int64_t> slot_of_row_;
  std::vector<Index> indexes_;
  HugeVector<uint32_t> bucket_offsets_;  // from the group's begin; bucket b holds [offsets[b], offsets[b + 1])
  TimeUs min_time_ = 0;
  TimeUs max_time_ = 0;
};

}  // namespace gnomon
