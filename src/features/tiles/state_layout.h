// StateLayout: what one state keeps of the events of a source: columns, filters, and the partial aggregates of its tiles.
//
// Aggregations whose kernels have one state_id over one column and one filter share one base aggregate, whatever their windows.
// Ownership: kernels are borrowed and outlive the layout.
// Thread-safety: const once it is made.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "features/aggregations/aggregation.h"
#include "features/tiles/tile_layout.h"

namespace gnomon {

inline constexpr int kNone = -1;  // no column: "*"; no filter: all events

struct StateColumn {
  std::string name;
  ValueKind kind = ValueKind::kInt;  // never kNone
};

struct BaseAggregate {
  std::string id;     // "sum(Float64)|amount|amount > 0"
  uint64_t hash = 0;  // of the id: names it in tiles
  const Kernel* kernel = nullptr;
  int column = kNone;
  int filter = kNone;
};

class StateLayout {
 public:
  explicit StateLayout(TileLayout tiles = {});

  // Each finds what is there or adds it, and returns its index. The order of adding is part of the format of events.
  int add_column(std::string_view name, ValueKind kind);
  int add_filter(std::string_view text);
  int add_base(const Kernel& kernel, int column, int filter);

  const TileLayout& tiles() const { return tiles_; }
  const std::vector<StateColumn>& columns() const { return columns_; }
  const std::vector<std::string>& filters() const { return filters_; }
  const std::vector<BaseAggregate>& bases() const { return bases_; }
  // Indices of the bases by ascending hash: the order of states in a tile.
  const std::vector<int>& bases_by_hash() const { return by_hash_; }
  // Tells event records of this layout from those of another. It covers columns and filters.
  uint32_t fingerprint() const { return fingerprint_; }
  // Whether both have the same columns, filters and base aggregates.
  bool keeps_same(const StateLayout& other) const;

 private:
  void update_fingerprint();

  TileLayout tiles_;
  std::vector<StateColumn> columns_;
  std::vector<std::string> filters_;
  std::vector<BaseAggregate> bases_;
  std::vector<int> by_hash_;
  uint32_t fingerprint_ = 0;
};

}  // namespace gnomon
