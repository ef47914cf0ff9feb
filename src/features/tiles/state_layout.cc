#include "features/tiles/state_layout.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"

namespace gnomon {

StateLayout::StateLayout(TileLayout tiles) : tiles_(std::move(tiles)) {
  tiles_.check();
  update_fingerprint();
}

int StateLayout::add_column(std::string_view name, ValueKind kind) {
  GN_ASSERT(kind != ValueKind::kNone);
  auto known =
      std::find_if(columns_.begin(), columns_.end(), [&](const StateColumn& column) { return column.name == name; });
  if (known != columns_.end()) {
    GN_ASSERT(known->kind == kind);
    return static_cast<int>(known - columns_.begin());
  }
  columns_.push_back({std::string(name), kind});
  update_fingerprint();
  return static_cast<int>(columns_.size()) - 1;
}

int StateLayout::add_filter(std::string_view text) {
  auto known = std::find(filters_.begin(), filters_.end(), text);
  if (known != filters_.end()) return static_cast<int>(known - filters_.begin());
  filters_.emplace_back(text);
  update_fingerprint();
  return static_cast<int>(filters_.size()) - 1;
}

int StateLayout::add_base(const Kernel& kernel, int column, int filter) {
  const std::string id =
      fmt::format("{}|{}|{}", kernel.state_id(), column == kNone ? "*" : columns_[static_cast<size_t>(column)].name,
                  filter == kNone ? "" : filters_[static_cast<size_t>(filter)]);
  const uint64_t hash = hash64(id);
  auto place = std::find_if(by_hash_.begin(), by_hash_.end(),
                            [&](int base) { return bases_[static_cast<size_t>(base)].hash >= hash; });
  if (place != by_hash_.end() && bases_[static_cast<size_t>(*place)].hash == hash) {
    GN_ASSERT(bases_[static_cast<size_t>(*place)].id == id);
    return *place;
  }
  const int added = static_cast<int>(bases_.size());
  bases_.push_back({id, hash, &kernel, column, filter});
  by_hash_.insert(place, added);
  return added;
}

void StateLayout::update_fingerprint() {
  std::string text;
  for (const StateColumn& column : columns_) text += fmt::format("{}:{}\n", column.name, static_cast<int>(column.kind));
  for (const std::string& filter : filters_) text += fmt::format("\n{}", filter);
  const uint64_t hash = hash64(text);
  fingerprint_ = static_cast<uint32_t>(hash ^ (hash >> 32));
}

bool StateLayout::keeps_same(const StateLayout& other) const {
  return fingerprint_ == other.fingerprint_ &&
         std::equal(bases_.begin(), bases_.end(), other.bases_.begin(), other.bases_.end(),
                    [](const BaseAggregate& a, const BaseAggregate& b) { return a.id == b.id; });
}

}  // namespace gnomon
