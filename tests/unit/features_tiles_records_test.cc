// The bytes of records: they come back as they were, and damaged ones are refused or make valid events, never anything else.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "features/tiles/event_record.h"
#include "features/tiles/tile_record.h"
#include "features/tiles/tile_states.h"
#include "features_tiles_fixture.h"

namespace gnomon {
namespace {

constexpr TimeScale kSmall{0, 1, 40};
const Tile kAround0{-50, 49};

std::string encoded(const StateLayout& layout, const Tile& tile, EventBatch& events) {
  EventBatch scratch;
  std::string bytes;
  encode_events(layout, tile, canonical_events(layout, events.view(), 0, events.size(), &scratch), &bytes);
  return bytes;
}

// A copy of exactly these bytes, so that a sanitizer sees a read past them.
class Exact {
 public:
  explicit Exact(std::string_view bytes) : bytes_(bytes.begin(), bytes.end()) { bytes_.shrink_to_fit(); }
  std::string_view view() const { return {bytes_.data(), bytes_.size()}; }

 private:
  std::vector<char> bytes_;
};

std::string mutated(Random& random, std::string bytes) {
  for (int64_t changes = draw(random, 1, 4); changes > 0 && !bytes.empty(); --changes) {
    const size_t at = random() % bytes.size();
    switch (random() % 5) {
      case 0: bytes[at] = static_cast<char>(random()); break;
      case 1: bytes[at] = static_cast<char>(bytes[at] ^ (1 << (random() % 8))); break;
      case 2: bytes.erase(at, random() % 9); break;
      case 3: bytes.insert(at, random() % 9, static_cast<char>(random() % 2 == 0 ? 0xff : random())); break;
      default: bytes.resize(at);
    }
  }
  return bytes;
}

TEST(TileLayout, TilesAreAlignedAndEndWithTime) {
  TileLayout layout;
  layout.widths_us = {10, 30};
  EXPECT_EQ(layout.tile_at(1, 0).start, 0);
  EXPECT_EQ(layout.tile_at(1, 9).last, 9);
  EXPECT_EQ(layout.tile_at(0, -1).start, -10);
  EXPECT_EQ(layout.tile_at(2, -1).start, -30);
  constexpr TimeUs kFirst = std::numeric_limits<TimeUs>::min();
  constexpr TimeUs kLast = std::numeric_limits<TimeUs>::max();
  for (uint8_t level : {1, 2}) {
    EXPECT_EQ(layout.tile_at(level, kFirst).start, kFirst);
    EXPECT_EQ(layout.tile_at(level, kLast).last, kLast);
    const Tile first = layout.tile_at(level, kFirst);
    EXPECT_EQ(layout.tile_at(level, first.last + 1).start, first.last + 1);
    EXPECT_EQ(end_of(layout.tile_at(level, kLast)), kLast);
  }
}

TEST(StateLayout, KernelsOfOneStateShareABase) {
  StateLayout layout = make_layout({});
  const int sum = layout.add_base(test_kernel("sum(f)"), 1, kNone);
  EXPECT_EQ(layout.add_base(test_kernel("mean(f)"), 1, kNone), sum);
  EXPECT_NE(layout.add_base(test_kernel("mean(f)"), 1, 0), sum);
  EXPECT_NE(layout.add_base(test_kernel("sum(i)"), 0, kNone), sum);
  EXPECT_NE(layout.add_base(test_kernel("std(f)"), 1, kNone), sum);
  EXPECT_EQ(layout.bases().size(), 4u);
  for (size_t i = 1; i < 4; ++i) {
    EXPECT_LT(layout.bases()[static_cast<size_t>(layout.bases_by_hash()[i - 1])].hash,
              layout.bases()[static_cast<size_t>(layout.bases_by_hash()[i])].hash);
  }
}

TEST(EventRecord, ComesBackInCanonicalOrder) {
  Random random(new_seed());
  const StateLayout layout = make_layout({});
  for (int i = 0; i < 3'000 && !HasFailure(); ++i) {
    EventBatch events = draw_events(random, kSmall, draw(random, 1, 20));
    const std::string bytes = encoded(layout, kAround0, events);
    EventBatch other_order = shuffled(random, events);
    EXPECT_EQ(encoded(layout, kAround0, other_order), bytes);
    EventBatch back;
    const Status status = decode_events(layout, kAround0, bytes, &back);
    ASSERT_TRUE(status.ok()) << status.to_string();
    ASSERT_EQ(back.size(), events.size());
    for (int64_t at = 1; at < back.size(); ++at) EXPECT_LE(compare_events(back.view(), at - 1, at), 0);
    EXPECT_EQ(encoded(layout, kAround0, back), bytes);
    // The same multiset: put both in one batch, and the canonical order pairs them.
    std::vector<int64_t> order;
    for (int64_t at = 0; at < back.size(); ++at) order.push_back(at);
    back.append(events.view(), order);
    EventBatch scratch;
    const EventRange both = canonical_events(layout, back.view(), 0, back.size(), &scratch);
    for (int64_t at = both.begin; at < both.end; at += 2) EXPECT_EQ(compare_events(both.events, at, at + 1), 0);
  }
}

TEST(EventRecord, HoldsTheEndsOfTime) {
  StateLayout layout{TileLayout{}};
  layout.add_column("i", ValueKind::kInt);
  constexpr TimeUs kFirst = std::numeric_limits<TimeUs>::min();
  constexpr TimeUs kLast = std::numeric_limits<TimeUs>::max();
  const Tile all{kFirst, kLast};
  const TimeUs times[] = {kFirst, -1, 0, kLast};
  const TimeUs created[] = {kLast, kFirst + 1, kFirst, kFirst + 1};
  const TimeUs visible[] = {kLast, kLast, 0, kLast};
  const int64_t values[] = {kFirst, kLast, -1, 0};
  const StateEvents events{4, times, created, visible, {}, {{ValueKind::kInt, values}}};
  std::string bytes;
  encode_events(layout, all, {events, 0, 4}, &bytes);
  EventBatch back;
  ASSERT_TRUE(decode_events(layout, all, bytes, &back).ok());
  for (size_t at = 0; at < 4; ++at) {
    EXPECT_EQ(back.event_time[at], times[at]);
    EXPECT_EQ(back.created_time[at], created[at]);
    EXPECT_EQ(back.visible_from[at], visible[at]);
    EXPECT_EQ(back.columns[0].ints[at], values[at]);
  }
}

TEST(EventRecord, OfAnotherLayoutOrTileIsRefused) {
  Random random(new_seed());
  EventBatch events = draw_events(random, kSmall, 5);
  const std::string bytes = encoded(make_layout({}), kAround0, events);
  StateLayout other = make_layout({});
  other.add_filter("another");
  EventBatch back;
  EXPECT_EQ(decode_events(other, kAround0, bytes, &back).info().id, "GN220");
  EXPECT_EQ(decode_events(make_layout({}), Tile{1'000, 999 + 2}, bytes, &back).ok(), false);
}

TEST(EventRecord, DamagedBytesAreRefusedOrValid) {
  Random random(new_seed());
  const StateLayout layout = make_layout({});
  int refused = 0;
  for (int i = 0; i < 100'000 && !HasFailure(); ++i) {
    std::string bytes;
    if (i % 4 == 0) {
      for (int64_t size = draw(random, 0, 40); size > 0; --size) bytes.push_back(static_cast<char>(random()));
      if (i % 8 == 0 && bytes.size() > 5) {
        bytes[0] = kEventRecord;
        const uint32_t fingerprint = layout.fingerprint();
        std::memcpy(bytes.data() + 1, &fingerprint, 4);
      }
    } else {
      EventBatch events = draw_events(random, kSmall, draw(random, 1, 12));
      bytes = mutated(random, encoded(layout, kAround0, events));
    }
    const Exact exact(bytes);
    EventBatch back;
    const Status status = decode_events(layout, kAround0, exact.view(), &back);
    if (!status.ok()) {
      ++refused;
      EXPECT_EQ(status.info().id, "GN220");
      continue;
    }
    ASSERT_GT(back.size(), 0);
    ASSERT_LE(static_cast<size_t>(back.size()), bytes.size());
    const StateEvents& events = back.view();
    for (int64_t at = 0; at < back.size(); ++at) {
      EXPECT_TRUE(kAround0.holds(events.event_time[at]));
      EXPECT_GE(events.visible_from[at], events.event_time[at]);
      EXPECT_LE(events.event_time[std::max<int64_t>(at, 1) - 1], events.event_time[at]);
    }
    // Whatever it is, it can be added and written.
    TileStates states(layout);
    states.add(events, 0, back.size());
    std::string again;
    states.encode(kAround0, &again);
    EXPECT_FALSE(encoded(layout, kAround0, back).empty());
  }
  EXPECT_GT(refused, 50'000);
}

TEST(TileRecord, DamagedBytesAreRefusedOrMerge) {
  Random random(new_seed());
  StateLayout layout = make_layout({});
  for (const TestKernel& kernel : test_kernels()) layout.add_base(*kernel.kernel, kernel.column, kNone);
  TileStates states(layout);
  int refused = 0;
  for (int i = 0; i < 4'000 && !HasFailure(); ++i) {
    EventBatch events = draw_events(random, kSmall, draw(random, 1, 12));
    std::string bytes;
    states.clear();
    states.add(events.view(), 0, events.size());
    states.encode(kAround0, &bytes);
    states.clear();
    ASSERT_TRUE(states.merge(kAround0, bytes).ok());
    std::string again;
    states.encode(kAround0, &again);
    EXPECT_EQ(again, bytes);
    const Exact exact(mutated(random, bytes));
    states.clear();
    const Status status = states.merge(kAround0, exact.view());
    if (!status.ok()) {
      ++refused;
      EXPECT_EQ(status.info().id, "GN220");
    }
  }
  EXPECT_GT(refused, 1'000);
}

// A whole read over records of which one is damaged: an answer or GN220, and every column gets its place.
TEST(WindowRead, DamagedRecordsEndInAnAnswerOrAnError) {
  Random random(new_seed());
  int refused = 0;
  for (int i = 0; i < 5'000 && !HasFailure(); ++i) {
    const TimeScale scale = draw_scale(random);
    StateLayout layout = make_layout(draw_tiles(random, scale));
    std::vector<WindowFeature> features;
    for (int feature = 0; feature < 4; ++feature) features.push_back(draw_feature(random, scale, &layout));
    EventBatch events = draw_events(random, scale, draw(random, 1, 30));
    RecordMap records = build(layout, events);
    auto damaged = records.records().begin();
    std::advance(damaged, random() % records.records().size());
    damaged->second = mutated(random, damaged->second);
    WindowRead read(layout, features);
    ASSERT_TRUE(read.set_time(scale.draw_time(random)).ok());
    std::vector<ResultColumn> columns;
    for (const WindowFeature& feature : features) columns.emplace_back(feature.kernel->result_type());
    std::vector<TimeUs> newest(features.size());
    const Status status = read.read(records.scan(), columns, newest);
    if (!status.ok()) {
      ++refused;
      EXPECT_EQ(status.info().id, "GN220");
    }
    for (const ResultColumn& column : columns) EXPECT_EQ(column.size(), 1);
    EventBatch added = draw_events(random, scale, 3);
    auto replaced = add_events(layout, added.view(), {"e", 0, 3}, records.scan());
    EXPECT_TRUE(replaced.ok() || replaced.status().info().id == "GN220");
  }
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace gnomon
