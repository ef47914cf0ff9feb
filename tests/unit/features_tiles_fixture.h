// Random events, windows and tiles, and the long way to every answer: choose the events one by one, then accumulate them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "features/tiles/tile_builder.h"
#include "features/tiles/window_read.h"

namespace gnomon {

using Random = std::mt19937_64;

uint64_t new_seed();  // prints it

// In [least, greatest].
int64_t draw(Random& random, int64_t least, int64_t greatest);

// Columns 0: Int64, 1: Float64, 2: String; two filters.
constexpr int kColumns = 3;
constexpr int kFilters = 2;

// How times are spread: in steps of `unit_us`, within `reach` steps of `origin`.
struct TimeScale {
  TimeUs origin = 0;
  int64_t unit_us = 1;
  int64_t reach = 300;

  TimeUs draw_time(Random& random) const { return origin + unit_us * draw(random, -reach, reach); }
};
TimeScale draw_scale(Random& random);

// Every function over every column that takes it. They live as long as the process.
struct TestKernel {
  std::string text;
  int column;
  std::unique_ptr<Kernel> kernel;
};
const std::vector<TestKernel>& test_kernels();
const Kernel& test_kernel(const std::string& text);

StateLayout make_layout(TileLayout tiles);  // with the columns and filters, without bases
TileLayout draw_tiles(Random& random, const TimeScale& scale);

// Ascending in event_time; ties, nulls, NaNs, huge numbers, late visibility.
EventBatch draw_events(Random& random, const TimeScale& scale, int64_t count);
// The same events in another order, that of event_time excepted.
EventBatch shuffled(Random& random, EventBatch& events);
// Events [begin, end) in the order of `order`.
EventBatch picked(EventBatch& events, std::span<const int64_t> order);

// Adds its base to the layout where it needs one.
WindowFeature make_feature(StateLayout* layout, const TestKernel& kernel, const WindowSpec& window, int filter);
WindowFeature draw_feature(Random& random, const TimeScale& scale, StateLayout* layout);
std::string text_of(const WindowFeature& feature);

// The records of one entity, kept as a store does.
class RecordMap {
 public:
  void put(std::span<const WindowRecord> records);
  RecordScan scan() const;
  const std::map<std::pair<uint8_t, TimeUs>, std::string>& records() const { return records_; }
  std::map<std::pair<uint8_t, TimeUs>, std::string>& records() { return records_; }
  mutable int64_t scans = 0;
  mutable int64_t records_read = 0;

 private:
  std::map<std::pair<uint8_t, TimeUs>, std::string> records_;
};
RecordMap build(const StateLayout& layout, EventBatch& events);

// What features answer at some times, one entry a feature.
struct Answers {
  std::vector<std::shared_ptr<arrow::Array>> values;
  std::vector<std::vector<int64_t>> invalid;
  std::vector<std::vector<TimeUs>> newest;
};
Answers read_all(const StateLayout& layout, const std::vector<WindowFeature>& features, std::span<const TimeUs> times,
                 const RecordMap& records, KeptEntity* kept = nullptr);
Answers naive_answers(const std::vector<WindowFeature>& features, const StateLayout& layout, std::span<const TimeUs> times,
                      EventBatch& events);
void expect_equal(const Answers& got, const Answers& expected, const std::vector<WindowFeature>& features,
                  const std::string& what);

}  // namespace gnomon
