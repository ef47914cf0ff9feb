#include "features/windows/slot_results.h"

#include <algorithm>
#include <array>

#include <arrow/api.h>

#include "base/parallel.h"
#include "data/arrow_status.h"
#include "features/aggregations/word_column.h"

namespace gnomon {
namespace {

constexpr int64_t kTaskRows = 1 << 14;  // a multiple of kTileRows
constexpr int64_t kTileRows = 8;        // a byte of a bitmap, and a line of the cache of each column
constexpr int64_t kAhead = 16;          // rows whose slots are on their way

// Columns under construction.
struct Columns {
  std::array<uint64_t*, 8> values;
  std::array<uint8_t*, 8> valid;
};

// The rows [first, first + count) of `width` columns; `slot_of` tells the slot of a row.
template <class SlotOf>
void fill_tile(const uint64_t* values, const uint8_t* valid, size_t width, int64_t first, int64_t count,
               const SlotOf& slot_of, const Columns& out) {
  std::array<const uint64_t*, kTileRows> from;
  std::array<unsigned, kTileRows> bits;
  for (int64_t i = 0; i < count; ++i) {
    const size_t slot = static_cast<size_t>(slot_of(first + i));
    from[static_cast<size_t>(i)] = values + slot * width;
    bits[static_cast<size_t>(i)] = valid[slot];
  }
  for (size_t column = 0; column < width; ++column) {
    unsigned byte = 0;
    for (int64_t i = 0; i < count; ++i) {
      out.values[column][first + i] = from[static_cast<size_t>(i)][column];
      byte |= (bits[static_cast<size_t>(i)] >> column & 1u) << i;
    }
    out.valid[column][first / 8] = static_cast<uint8_t>(byte);
  }
}

}  // namespace

SlotResults::SlotResults(std::vector<std::shared_ptr<arrow::DataType>> types, int64_t slots) : types_(std::move(types)) {
  const size_t count = static_cast<size_t>(slots);
  for (size_t first = 0; first < types_.size(); first += kBlockFeatures) {
    Block block{std::min(kBlockFeatures, types_.size() - first), {}, {}};
    block.values.resize(block.width * count);  // left as it is: every place is written
    block.valid.assign(count, 0);
    blocks_.push_back(std::move(block));
  }
}

ResultPlaces SlotResults::places(size_t index, int64_t slot) {
  Block& block = blocks_[index / kBlockFeatures];
  const size_t at = index % kBlockFeatures;
  return {block.values.data() + static_cast<size_t>(slot) * block.width + at, static_cast<int64_t>(block.width),
          block.valid.data() + slot, static_cast<uint8_t>(1u << at)};
}

Result<arrow::ArrayVector> SlotResults::spread_block(const Block& block, const EntitySlots& slots, int64_t rows,
                                                     int64_t of_no_slot, int threads) const {
  std::vector<std::shared_ptr<arrow::ArrayData>> columns;
  Columns out{};
  for (size_t column = 0; column < block.width; ++column) {
    GN_ARROW_ASSIGN(std::shared_ptr<arrow::Buffer> values, "spreading windows", arrow::AllocateBuffer(rows * 8));
    GN_ARROW_ASSIGN(std::shared_ptr<arrow::Buffer> valid, "spreading windows", arrow::AllocateBitmap(rows));
    out.values[column] = reinterpret_cast<uint64_t*>(values->mutable_data());
    out.valid[column] = valid->mutable_data();
    columns.push_back(arrow::ArrayData::Make(arrow::uint64(), rows, {std::move(valid), std::move(values)}));
  }
  const auto slot_of = [&](int64_t row) {
    const int64_t slot = slots.slot_of_row(row);
    return slot < 0 ? of_no_slot : slot;
  };
  const uint64_t* values = block.values.data();
  GN_TRY(parallel_for((rows + kTaskRows - 1) / kTaskRows, threads, [&](int, int64_t task) -> Status {
    const int64_t end = std::min(rows, (task + 1) * kTaskRows);
    for (int64_t row = task * kTaskRows; row < end; row += kTileRows) {
      for (int64_t next = row + kAhead; next < std::min(end, row + kAhead + kTileRows); ++next)
        __builtin_prefetch(values + static_cast<size_t>(slot_of(next)) * block.width);
      fill_tile(values, block.valid.data(), block.width, row, std::min(kTileRows, end - row), slot_of, out);
    }
    return Status();
  }));
  arrow::ArrayVector arrays;
  for (const auto& column : columns) {
    if (column->GetNullCount() == 0) column->buffers[0] = nullptr;
    arrays.push_back(arrow::MakeArray(column));
  }
  return arrays;
}

Status SlotResults::spread(const EntitySlots& slots, int64_t rows, int64_t of_no_slot, int threads, const Use& use) {
  size_t index = 0;
  for (Block& block : blocks_) {
    GN_ASSIGN(arrow::ArrayVector words, spread_block(block, slots, rows, of_no_slot, threads));
    HugeVector<uint64_t>().swap(block.values);
    HugeVector<uint8_t>().swap(block.valid);
    for (const auto& column : words) {
      GN_ASSIGN(auto values, word_column(types_[index], column->data()));
      GN_TRY(use(index++, std::move(values)));
    }
  }
  return Status();
}

}  // namespace gnomon
