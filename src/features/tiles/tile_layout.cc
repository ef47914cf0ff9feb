#include "features/tiles/tile_layout.h"

#include <algorithm>
#include <limits>

#include "gnomon/status.h"

namespace gnomon {
namespace {

constexpr TimeUs kFirst = std::numeric_limits<TimeUs>::min();
constexpr TimeUs kLast = std::numeric_limits<TimeUs>::max();

}  // namespace

Tile TileLayout::tile_at(uint8_t level, TimeUs time) const {
  const int64_t width = widths_us[static_cast<size_t>(std::max<uint8_t>(level, 1)) - 1];
  int64_t past = time % width;
  if (past < 0) past += width;
  Tile tile{};
  if (__builtin_sub_overflow(time, past, &tile.start)) tile.start = kFirst;
  if (__builtin_add_overflow(time, width - 1 - past, &tile.last)) tile.last = kLast;
  return tile;
}

void TileLayout::check() const {
  GN_ASSERT(!widths_us.empty() && widths_us.size() < 16 && widths_us.front() >= 2 && folded_events >= 0);
  for (size_t i = 1; i < widths_us.size(); ++i) {
    GN_ASSERT(widths_us[i] > widths_us[i - 1] && widths_us[i] % widths_us[i - 1] == 0);
  }
}

TimeUs end_of(const Tile& tile) { return tile.last == kLast ? kLast : tile.last + 1; }

}  // namespace gnomon
