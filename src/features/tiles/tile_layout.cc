#include "features/tiles/tile_layout.h"

#include <algorithm>
#include <limits>

#include "gnomon/status.h"

namespace gnomon {
namespace {

constexpr TimeUs kFirst = std::numeric_limits<TimeUs>::min();
constexpr TimeUs kLast = std::numeric_limits<TimeUs>::max();
constexpr int64_t kTilesOfBlock = 32;

// The stretch of a grid of `width` that holds `time`, cut off at the ends of time.
Tile cut(int64_t width, TimeUs time) {
  int64_t past = time % width;
  if (past < 0) past += width;
  Tile tile{};
  if (__builtin_sub_overflow(time, past, &tile.start)) tile.start = kFirst;
  if (__builtin_add_overflow(time, width - 1 - past, &tile.last)) tile.last = kLast;
  return tile;
}

}  // namespace

Tile TileLayout::tile_at(uint8_t level, TimeUs time) const {
  return cut(widths_us[static_cast<size_t>(std::max<uint8_t>(level, 1)) - 1], time);
}

Tile TileLayout::block_at(uint8_t level, TimeUs time) const {
  if (level < coarsest()) return tile_at(static_cast<uint8_t>(level + 1), time);
  int64_t width = 0;
  if (__builtin_mul_overflow(widths_us.back(), kTilesOfBlock, &width)) return {kFirst, kLast};
  return cut(width, time);
}

void TileLayout::check() const {
  GN_ASSERT(!widths_us.empty() && widths_us.size() < 16 && widths_us.front() >= 2 && folded_events >= 0);
  for (size_t i = 1; i < widths_us.size(); ++i) {
    GN_ASSERT(widths_us[i] > widths_us[i - 1] && widths_us[i] % widths_us[i - 1] == 0);
  }
}

TimeUs end_of(const Tile& tile) { return tile.last == kLast ? kLast : tile.last + 1; }

}  // namespace gnomon
