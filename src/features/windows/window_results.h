// WindowResults: the results of a view's features, run of groups by run of groups, until they become one row an entity row.
// Thread-safety: columns() and finished() from any thread, for different runs; the rest one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <arrow/type_fwd.h>

#include "features/entity_slots.h"
#include "features/windows/slot_results.h"
#include "features/windows/windowed_join.h"

namespace gnomon {

class WindowResults {
 public:
  // What a run leaves behind, in slot order.
  struct Run {
    int64_t first_slot = 0;
    arrow::ArrayVector columns;                 // one a feature; null pointers where the numbers are in their places
    std::vector<std::vector<int64_t>> invalid;  // by feature: slots
  };

  // Both must outlive the object.
  WindowResults(const WindowedView& view, const EntitySlots& slots);

  // One column a feature, for the results of slots [first, end).
  std::vector<ResultColumn> columns(int64_t first, int64_t end);
  // REQUIRES: columns that began at `first_slot` and are full.
  static Result<Run> finished(int64_t first_slot, std::vector<ResultColumn>* columns);

  // What no event makes: the answer for null keys, which belong to no group. It lies behind all slots.
  Result<Run> empty_windows();

  // REQUIRES: runs in slot order that cover all slots, and the empty windows at last.
  Result<WindowedValues> by_entity_row(int64_t rows, const std::vector<Run>& runs, int threads);

 private:
  static constexpr size_t kNotHeld = SIZE_MAX;

  Result<std::shared_ptr<arrow::Array>> taken(size_t feature, const std::vector<Run>& runs, int64_t rows) const;
  std::vector<int64_t> rows_of(const std::vector<int64_t>& slots, int64_t rows) const;
  int64_t slot_of(int64_t row) const {
    int64_t slot = slots_.slot_of_row(row);
    return slot < 0 ? slots_.slot_count() : slot;
  }

  const WindowedView& view_;
  const EntitySlots& slots_;
  std::vector<size_t> place_of_;    // by feature: its index in numbers_, or kNotHeld
  std::vector<size_t> feature_of_;  // by index in numbers_
  std::unique_ptr<SlotResults> numbers_;
};

}  // namespace gnomon
