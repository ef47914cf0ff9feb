// How often each value occurs: the state of count_distinct, mode, top_k, histogram and median, and of approx_percentile over
// its buckets. A group: what was added can be removed.
//
// Counts of known values are changed in place; new values wait in a buffer until it is as long as what is sorted, so that a
// value costs O(log distinct) and a merge of sorted states is one pass.
//
//   bytes: uint32 distinct values, then each (value, int64 count > 0), ascending
//
// Thread-safety: belongs to one thread, reads included: they put the buffer in order.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "features/aggregations/state_bytes.h"
#include "features/aggregations/value_order.h"
#include "gnomon/status.h"

namespace gnomon {

// Kept: int32_t, int64_t, double (in distinct_form) or std::string.
template <class Kept>
class CountedValues {
 public:
  using View = Viewed<Kept>;
  struct Entry {
    Kept value;
    int64_t count;
  };

  // A negative count removes. REQUIRES: `value` in distinct_form, and not more removed than was added.
  void add(View value, int64_t count) {
    auto place = std::lower_bound(sorted_.begin(), sorted_.end(), value,
                                  [](const Entry& entry, View v) { return value_less(View(entry.value), v); });
    if (place != sorted_.end() && value_equal(View(place->value), value)) {
      place->count += count;
      stale_ = stale_ || place->count == 0;
      return;
    }
    fresh_.push_back({Kept(value), count});
    if (fresh_.size() >= std::max(kShortestBuffer, sorted_.size())) put_in_order();
  }

  void merge(const CountedValues& other) {
    fresh_.insert(fresh_.end(), other.sorted_.begin(), other.sorted_.end());
    fresh_.insert(fresh_.end(), other.fresh_.begin(), other.fresh_.end());
    if (fresh_.size() >= std::max(kShortestBuffer, sorted_.size())) put_in_order();
  }

  // Ascending, counts greater than 0. Valid until the next change.
  const std::vector<Entry>& entries() const {
    if (stale_ || !fresh_.empty()) put_in_order();
    return sorted_;
  }

  void encode(std::string* out) const {
    put(static_cast<uint32_t>(entries().size()), out);
    for (const Entry& entry : sorted_) {
      put(entry.value, out);
      put(entry.count, out);
    }
  }

  // Into an empty state. `is_kept(value)` tells whether a value is in the form that states keep. ERRORS: GN220, naming `state_id`.
  template <class IsKept>
  Status decode(std::string_view bytes, const std::string& state_id, IsKept is_kept) {
    StateReader reader(bytes);
    uint32_t size = 0;
    if (!reader.read(&size)) return damaged_state(state_id, "its number of values");
    int64_t total = 0;
    for (uint32_t i = 0; i < size; ++i) {
      Entry entry;
      if (!read_kept(reader, &entry.value) || !reader.read(&entry.count))
        return damaged_state(state_id, "it ends within a value");
      if (entry.count < 1 || entry.count > kMostEvents - total) return damaged_state(state_id, "the count of a value");
      total += entry.count;
      if (!is_kept(View(entry.value))) return damaged_state(state_id, "a value that is never kept");
      if (!sorted_.empty() && !value_less(View(sorted_.back().value), View(entry.value)))
        return damaged_state(state_id, "values out of order");
      sorted_.push_back(std::move(entry));
    }
    return reader.remaining() == 0 ? Status() : damaged_state(state_id, "bytes after its last value");
  }

 private:
  static constexpr size_t kShortestBuffer = 32;
  static constexpr int64_t kMostEvents = int64_t{1} << 48;  // of one state; sums of thousands of states stay in 64 bits

  static bool less(const Entry& a, const Entry& b) { return value_less(View(a.value), View(b.value)); }

  void put_in_order() const {
    std::sort(fresh_.begin(), fresh_.end(), less);
    auto middle = static_cast<std::ptrdiff_t>(sorted_.size());
    std::move(fresh_.begin(), fresh_.end(), std::back_inserter(sorted_));
    fresh_.clear();
    std::inplace_merge(sorted_.begin(), sorted_.begin() + middle, sorted_.end(), less);
    size_t kept = 0;
    for (size_t from = 0; from < sorted_.size();) {
      Entry entry = std::move(sorted_[from++]);
      for (; from < sorted_.size() && value_equal(View(sorted_[from].value), View(entry.value)); ++from)
        entry.count += sorted_[from].count;
      if (entry.count != 0) sorted_[kept++] = std::move(entry);
    }
    sorted_.resize(kept);
    stale_ = false;
  }

  // Both are one set; reads move what is fresh into what is sorted.
  mutable std::vector<Entry> sorted_;
  mutable std::vector<Entry> fresh_;
  mutable bool stale_ = false;  // sorted_ holds a count of 0
};

}  // namespace gnomon
