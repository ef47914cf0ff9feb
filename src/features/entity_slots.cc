#include "features/entity_slots.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "features/key_groups.h"

namespace gnomon {
namespace {

constexpr uint32_t kIndexedGroupSlots = 64;

}  // namespace

EntitySlots EntitySlots::build(const std::vector<int32_t>& groups, int32_t group_count, const TimeUs* times, Share share) {
  EntitySlots result;
  size_t rows = groups.size();
  // Counting sort by group, then each group by time.
  std::vector<int64_t> begin(static_cast<size_t>(group_count) + 1, 0);
  for (int32_t group : groups) {
    if (group != kNoGroup) ++begin[static_cast<size_t>(group) + 1];
  }
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  struct Row {
    TimeUs time;
    int32_t row;
  };
  std::vector<Row> sorted(static_cast<size_t>(begin.back()));
  std::vector<int64_t> next(begin.begin(), begin.end() - 1);
  for (size_t i = 0; i < rows; ++i) {
    if (groups[i] != kNoGroup)
      sorted[static_cast<size_t>(next[static_cast<size_t>(groups[i])]++)] = {times[i], static_cast<int32_t>(i)};
  }
  result.slot_of_row_.assign(rows, -1);
  result.times_.reserve(sorted.size());
  result.groups_.reserve(static_cast<size_t>(group_count));
  for (int32_t group = 0; group < group_count; ++group) {
    uint32_t group_begin = static_cast<uint32_t>(result.slot_count());
    auto first = sorted.begin() + begin[static_cast<size_t>(group)];
    auto last = sorted.begin() + begin[static_cast<size_t>(group) + 1];
    std::sort(first, last, [](const Row& a, const Row& b) { return a.time < b.time; });
    for (auto at = first; at != last; ++at) {
      if (at == first || share == Share::kNone || at->time != (at - 1)->time) result.times_.push_back(at->time);
      result.slot_of_row_[static_cast<size_t>(at->row)] = result.slot_count() - 1;
    }
    result.groups_.push_back({group_begin, static_cast<uint32_t>(result.slot_count()), -1});
  }
  if (!result.times_.empty()) {
    auto [low, high] = std::minmax_element(result.times_.begin(), result.times_.end());
    result.min_time_ = *low;
    result.max_time_ = *high;
  }
  result.build_indexes();
  return result;
}

void EntitySlots::build_indexes() {
  for (Group& group : groups_) {
    uint32_t slots = group.end - group.begin;
    if (slots < kIndexedGroupSlots) continue;
    Index index;
    index.first = times_[group.begin];
    index.last = times_[group.end - 1];
    auto distance = [&](uint32_t slot) {
      return static_cast<uint64_t>(times_[group.begin + slot]) - static_cast<uint64_t>(index.first);
    };
    // Two buckets a slot on average, a power of two wide each.
    uint64_t width = std::max<uint64_t>(1, distance(slots - 1) / (2 * static_cast<uint64_t>(slots)));
    index.shift = std::bit_width(width) - 1;
    index.buckets = (distance(slots - 1) >> index.shift) + 1;
    index.offset = bucket_offsets_.size();
    uint32_t slot = 0;
    for (uint64_t bucket = 0; bucket <= index.buckets + 1; ++bucket) {
      while (slot < slots && (distance(slot) >> index.shift) < bucket) ++slot;
      bucket_offsets_.push_back(slot);
    }
    group.index = static_cast<int32_t>(indexes_.size());
    indexes_.push_back(index);
  }
}

}  // namespace gnomon
