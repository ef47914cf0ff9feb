// SlotCandidates: for each slot the best history row seen so far, by (event_time, created_time), with all rows tied on both
// kept in a list: only they need their content compared, and only if they still lead in the end.
// Thread-safety: one thread an object; merge() afterwards.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "base/huge_pages.h"
#include "features/entity_slots.h"
#include "gnomon/env.h"

namespace gnomon {

inline constexpr TimeUs kNullCreated = std::numeric_limits<TimeUs>::min();  // null loses against any other
inline constexpr int64_t kNoRow = -1;

class SlotCandidates {
 public:
  struct Candidate {
    TimeUs event_time = std::numeric_limits<TimeUs>::min();
    TimeUs created_time = kNullCreated;
    int64_t row = kNoRow;
    int64_t tied = -1;  // head of a list in ties(): further rows with the same times
  };
  struct Tie {
    int64_t row;
    int64_t next;
  };

  explicit SlotCandidates(int64_t slots) : best_(static_cast<size_t>(slots)) {}

  void prefetch(int64_t slot) const { __builtin_prefetch(&best_[static_cast<size_t>(slot)], 1); }

  void offer(int64_t slot, TimeUs event_time, TimeUs created_time, int64_t row) {
    Candidate& best = best_[static_cast<size_t>(slot)];
    if (best.row == kNoRow || event_time > best.event_time ||
        (event_time == best.event_time && created_time > best.created_time)) {
      best = {event_time, created_time, row, -1};
    } else if (event_time == best.event_time && created_time == best.created_time) {
      ties_.push_back({row, best.tied});
      best.tied = static_cast<int64_t>(ties_.size()) - 1;
    }
  }

  // Takes over what another thread found.
  void merge(const SlotCandidates& other);

  // A row that held at one slot holds at the later ones of its group until a greater one comes. After it each slot has
  // the greatest row visible at its time, whatever that row's age. Lists share their tails, so this is linear.
  void carry_forward(const EntitySlots& slots);

  const Candidate& at(int64_t slot) const { return best_[static_cast<size_t>(slot)]; }
  Candidate& at(int64_t slot) { return best_[static_cast<size_t>(slot)]; }
  const std::vector<Tie>& ties() const { return ties_; }

 private:
  HugeVector<Candidate> best_;
  std::vector<Tie> ties_;  // a node's `next` is always smaller than its own index
};

}  // namespace gnomon
