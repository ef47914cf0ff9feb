// Values from tiles are those of the events themselves, however time is cut and however the events came.
#include <algorithm>
#include <numeric>
#include <thread>

#include <fmt/format.h>

#include "features_tiles_fixture.h"

namespace gnomon {
namespace {

std::vector<TimeUs> draw_times(Random& random, const TimeScale& scale, EventBatch& events, int count) {
  std::vector<TimeUs> times;
  for (int i = 0; i < count; ++i) {
    TimeUs t = scale.draw_time(random) + draw(random, 0, scale.unit_us * 2);
    // Exactly at an event, and one after it.
    if (events.size() > 0 && random() % 3 == 0)
      t = events.event_time[random() % static_cast<size_t>(events.size())] + draw(random, 0, 1);
    times.push_back(t);
  }
  std::sort(times.begin(), times.end());
  return times;
}

void check_case(uint64_t seed, int64_t most_events, int64_t most_features) {
  Random random(seed);
  const TimeScale scale = draw_scale(random);
  StateLayout layout = make_layout(draw_tiles(random, scale));
  std::vector<WindowFeature> features;
  for (int64_t i = draw(random, 1, most_features); i > 0; --i) features.push_back(draw_feature(random, scale, &layout));
  EventBatch events = draw_events(random, scale, draw(random, 0, most_events));
  const std::vector<TimeUs> times = draw_times(random, scale, events, 3);
  const RecordMap records = build(layout, events);
  const Answers expected = naive_answers(features, layout, times, events);
  expect_equal(read_all(layout, features, times, records), expected, features, fmt::format("case {}", seed));
  KeptEntity kept;
  for (int round = 0; round < 3; ++round) {
    expect_equal(read_all(layout, features, times, records, &kept), expected, features,
                 fmt::format("case {}, kept in memory, round {}", seed, round));
  }
}

TEST(Tiles, ValuesAreThoseOfTheEvents) {
  const uint64_t seed = new_seed();
  for (uint64_t i = 0; i < 20'000 && !HasFailure(); ++i) check_case(seed * 1'000'003 + i, 24, 4);
  for (uint64_t i = 0; i < 60 && !HasFailure(); ++i) check_case(seed * 1'000'033 + i, 3'000, 12);
}

TEST(Tiles, HowTimeIsCutChangesNoValue) {
  Random random(new_seed());
  for (int i = 0; i < 1'000 && !HasFailure(); ++i) {
    const TimeScale scale = draw_scale(random);
    EventBatch events = draw_events(random, scale, draw(random, 0, 60));
    const std::vector<TimeUs> times = draw_times(random, scale, events, 2);
    const uint64_t same_features = random();
    std::vector<Answers> answers;
    std::vector<WindowFeature> features;
    for (int cut = 0; cut < 3; ++cut) {
      StateLayout layout = make_layout(draw_tiles(random, scale));
      Random features_random(same_features);
      features.clear();
      for (int feature = 0; feature < 5; ++feature) features.push_back(draw_feature(features_random, scale, &layout));
      answers.push_back(read_all(layout, features, times, build(layout, events)));
      expect_equal(answers.back(), answers.front(), features, "another cut");
    }
  }
}

// Any order of events with equal times, any grouping and any order of the groups: the same bytes.
TEST(Tiles, AddedLaterIsAsBuiltAtOnce) {
  Random random(new_seed());
  for (int i = 0; i < 4'000 && !HasFailure(); ++i) {
    const TimeScale scale = draw_scale(random);
    StateLayout layout = make_layout(draw_tiles(random, scale));
    for (int64_t feature = draw(random, 0, 4); feature > 0; --feature) draw_feature(random, scale, &layout);
    EventBatch events = draw_events(random, scale, draw(random, 1, i % 100 == 0 ? 1'000 : 30));
    const RecordMap expected = build(layout, events);
    std::vector<int64_t> order(static_cast<size_t>(events.size()));
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), random);
    RecordMap records;
    std::vector<std::pair<uint8_t, TimeUs>> last;
    for (size_t begin = 0; begin < order.size();) {
      const size_t end = std::min(order.size(), begin + static_cast<size_t>(draw(random, 1, 12)));
      std::sort(order.begin() + static_cast<int64_t>(begin), order.begin() + static_cast<int64_t>(end));
      EventBatch part = picked(events, std::span(order).subspan(begin, end - begin));
      EventBatch mixed = shuffled(random, part);
      auto replaced = add_events(layout, mixed.view(), {"e", 0, mixed.size()}, records.scan());
      ASSERT_TRUE(replaced.ok()) << replaced.status().to_string();
      records.put(*replaced);
      begin = end;
    }
    ASSERT_EQ(records.records(), expected.records());
  }
}

TEST(Tiles, BuiltInAnyOrderAndByAnyThreadsTheSameBytes) {
  Random random(new_seed());
  const TimeScale scale{0, 60'000'000, 5'000};
  StateLayout layout = make_layout({});
  for (int feature = 0; feature < 12; ++feature) draw_feature(random, scale, &layout);
  constexpr int64_t kEntities = 64;
  std::vector<EventBatch> of_entity;
  std::vector<std::string> names;
  for (int64_t i = 0; i < kEntities; ++i) {
    of_entity.push_back(draw_events(random, scale, draw(random, 0, 400)));
    names.push_back(fmt::format("entity {:02}", i));
  }
  EventBatch all;
  all.reset(layout);
  std::vector<EntityEvents> entities;
  for (int64_t i = 0; i < kEntities; ++i) {
    EventBatch mixed = shuffled(random, of_entity[static_cast<size_t>(i)]);
    std::vector<int64_t> order(static_cast<size_t>(mixed.size()));
    std::iota(order.begin(), order.end(), 0);
    entities.push_back({names[static_cast<size_t>(i)], all.size(), all.size() + mixed.size()});
    all.append(mixed.view(), order);
  }
  const StateEvents& events = all.view();
  std::vector<std::vector<WindowRecord>> by_thread(2);
  std::vector<std::thread> threads;
  for (size_t half = 0; half < 2; ++half) {
    threads.emplace_back([&, half] {
      EXPECT_TRUE(
          build_tiles(layout, events, std::span(entities).subspan(half * kEntities / 2, kEntities / 2), [&](auto records) {
            by_thread[half].insert(by_thread[half].end(), records.begin(), records.end());
            return Status();
          }).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<WindowRecord>& got = by_thread[0];
  got.insert(got.end(), by_thread[1].begin(), by_thread[1].end());
  const auto key = [](const WindowRecord& record) { return std::tie(record.entity, record.level, record.start); };
  for (size_t i = 1; i < got.size(); ++i) ASSERT_LT(key(got[i - 1]), key(got[i]));
  size_t records = 0;
  for (size_t i = 0; i < kEntities; ++i) {
    const RecordMap expected = build(layout, of_entity[i]);
    for (const auto& [level_and_start, bytes] : expected.records()) {
      ASSERT_LT(records, got.size());
      EXPECT_EQ(got[records].entity, names[i]);
      EXPECT_EQ(got[records].bytes, bytes);
      ++records;
    }
  }
  EXPECT_EQ(records, got.size());
}

}  // namespace
}  // namespace gnomon
