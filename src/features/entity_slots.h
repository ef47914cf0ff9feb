// EntitySlots: the distinct (group, time) pairs of the entity rows, sorted within each group. A history row finds its place
// with one search; what holds at a slot holds for every entity row behind it.
// Thread-safety: immutable once built.
#pragma once

#include <cstdint>
#include <vector>

#include "gnomon/env.h"

namespace gnomon {

class EntitySlots {
 public:
  // `groups[i]` (kNoGroup: no slot) and `times[i]` of entity row i.
  static EntitySlots build(const std::vector<int32_t>& groups, int32_t group_count, const TimeUs* times);

  int64_t slot_count() const { return static_cast<int64_t>(times_.size()); }
  int32_t group_count() const { return static_cast<int32_t>(starts_.size()) - 1; }
  int64_t group_begin(int32_t group) const { return starts_[static_cast<size_t>(group)]; }
  int64_t group_end(int32_t group) const { return starts_[static_cast<size_t>(group) + 1]; }
  TimeUs time(int64_t slot) const { return times_[static_cast<size_t>(slot)]; }
  // The slot of entity row i, or -1 (null key).
  int64_t slot_of_row(int64_t row) const { return slot_of_row_[static_cast<size_t>(row)]; }

  TimeUs min_time() const { return min_time_; }
  TimeUs max_time() const { return max_time_; }

  // The first slot of `group` with time >= t, or group_end.
  int64_t first_at_or_after(int32_t group, TimeUs t) const {
    const Index& index = indexes_[static_cast<size_t>(group)];
    int64_t begin = starts_[static_cast<size_t>(group)];
    int64_t end = starts_[static_cast<size_t>(group) + 1];
    if (index.buckets > 0) {
      if (t <= index.first) return begin;
      uint64_t bucket = (static_cast<uint64_t>(t) - static_cast<uint64_t>(index.first)) >> index.shift;
      if (bucket >= index.buckets) return end;
      const int32_t* offsets = bucket_offsets_.data() + index.offset + bucket;
      end = begin + offsets[1];
      begin += offsets[0];
    }
    const TimeUs* from = times_.data() + begin;
    int64_t n = end - begin;
    while (n > 0) {  // branch-light lower bound
      int64_t half = n / 2;
      bool right = from[half] < t;
      from = right ? from + half + 1 : from;
      n = right ? n - half - 1 : half;
    }
    return from - times_.data();
  }

  void prefetch(int32_t group) const { __builtin_prefetch(&starts_[static_cast<size_t>(group)]); }
  void prefetch_times(int32_t group) const { __builtin_prefetch(&times_[static_cast<size_t>(starts_[static_cast<size_t>(group)])]); }

 private:
  // Large groups (hot keys) carry a table over equal spans of time, so that a search touches a few slots and not log2 of many.
  struct Index {
    TimeUs first = 0;
    uint64_t buckets = 0;  // 0: none
    uint64_t offset = 0;   // into bucket_offsets_
    int shift = 0;
  };
  void build_indexes();

  std::vector<int64_t> starts_;
  std::vector<TimeUs> times_;
  std::vector<int64_t> slot_of_row_;
  std::vector<Index> indexes_;
  std::vector<int32_t> bucket_offsets_;
  TimeUs min_time_ = 0;
  TimeUs max_time_ = 0;
};

}  // namespace gnomon
