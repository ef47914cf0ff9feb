// SlotResults: results that are numbers, by slot, until they are spread over the entity rows.
//
// Slots are in the order of groups and times, entity rows in any: spreading is a read at random for each value. So eight features lie
// side by side, one slot in one line of the processor's cache, and a read serves eight.
// Thread-safety: places of different slots may be written by different threads.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <arrow/type_fwd.h>

#include "base/huge_pages.h"
#include "features/aggregations/aggregation.h"
#include "features/entity_slots.h"

namespace gnomon {

class SlotResults {
 public:
  // REQUIRES: types of words (aggregations/word_column.h).
  SlotResults(std::vector<std::shared_ptr<arrow::DataType>> types, int64_t slots);

  // Where the results of feature `index` go on from `slot`.
  ResultPlaces places(size_t index, int64_t slot);

  using Use = std::function<Status(size_t index, std::shared_ptr<arrow::Array> values)>;
  // Calls use() with the column of each feature: one value an entity row, of slot `of_no_slot` for rows without one. The results
  // are given away with it.
  Status spread(const EntitySlots& slots, int64_t rows, int64_t of_no_slot, int threads, const Use& use);

 private:
  static constexpr size_t kBlockFeatures = 8;

  struct Block {
    size_t width;  // features
    HugeVector<uint64_t> values;
    HugeVector<uint8_t> valid;
  };
  Result<arrow::ArrayVector> spread_block(const Block& block, const EntitySlots& slots, int64_t rows, int64_t of_no_slot,
                                          int threads) const;

  std::vector<std::shared_ptr<arrow::DataType>> types_;
  std::vector<Block> blocks_;
};

}  // namespace gnomon
