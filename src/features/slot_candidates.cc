#include "features/slot_candidates.h"

namespace gnomon {

void SlotCandidates::merge(const SlotCandidates& other) {
  for (size_t slot = 0; slot < best_.size(); ++slot) {
    const Candidate& theirs = other.best_[slot];
    if (theirs.row == kNoRow) continue;
    int64_t index = static_cast<int64_t>(slot);
    offer(index, theirs.event_time, theirs.created_time, theirs.row);
    const Candidate& now = best_[slot];
    if (now.event_time != theirs.event_time || now.created_time != theirs.created_time) continue;
    for (int64_t tie = theirs.tied; tie >= 0; tie = other.ties_[static_cast<size_t>(tie)].next) {
      offer(index, theirs.event_time, theirs.created_time, other.ties_[static_cast<size_t>(tie)].row);
    }
  }
}

void SlotCandidates::carry_forward(const EntitySlots& slots) {
  for (int32_t group = 0; group < slots.group_count(); ++group) {
    for (int64_t slot = slots.group_begin(group) + 1; slot < slots.group_end(group); ++slot) {
      const Candidate& before = at(slot - 1);
      Candidate& here = at(slot);
      if (before.row == kNoRow) continue;
      bool before_greater = here.row == kNoRow || before.event_time > here.event_time ||
                            (before.event_time == here.event_time && before.created_time > here.created_time);
      if (before_greater) {
        here = before;
        continue;
      }
      if (before.event_time != here.event_time || before.created_time != here.created_time) continue;
      // Tied across slots: this slot's own rows go in front of the list of the slot before.
      int64_t head = before.tied;
      for (int64_t tie = here.tied; tie >= 0; tie = ties_[static_cast<size_t>(tie)].next) {
        ties_.push_back({ties_[static_cast<size_t>(tie)].row, head});
        head = static_cast<int64_t>(ties_.size()) - 1;
      }
      ties_.push_back({before.row, head});
      here.tied = static_cast<int64_t>(ties_.size()) - 1;
    }
  }
}

}  // namespace gnomon
