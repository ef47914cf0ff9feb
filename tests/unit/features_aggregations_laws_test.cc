// The laws that every function must keep, over random events of every type that it takes: a function that is added to the list is
// tested here without a line of its own.
#include <map>

#include "features/aggregations/running_sums.h"
#include "features_aggregations_random.h"

namespace gnomon {
namespace {

constexpr int kRoundsPerFunctionAndType = 260;
constexpr int kLeastCases = 20000;

class AggregationLaws : public testing::Test {
 protected:
  // Runs `check(kernel, events)` for every function and type.
  template <class Check>
  void for_every_function(const Check& check) {
    int cases = 0;
    std::vector<std::string> dtypes(std::begin(kInputTypes), std::end(kInputTypes));
    dtypes.push_back("");
    for (const AggregationInfo& info : builtin_aggregations()) {
      int types = 0;
      for (const std::string& dtype : dtypes) {
        if (random_kernel(random_, info, dtype) == nullptr) continue;
        ++types;
        SCOPED_TRACE(info.name + " of " + (dtype.empty() ? "*" : dtype));
        for (int round = 0; round < kRoundsPerFunctionAndType; ++round, ++cases) {
          SCOPED_TRACE(testing::Message() << "round " << round);
          const size_t count = random_() % 40 == 0 ? random_() % 600 : random_() % 24;
          check(*random_kernel(random_, info, dtype), random_events(random_, dtype, count));
          if (HasFailure()) return;
        }
      }
      EXPECT_GT(types, 0) << info.name << " takes no type at all";
    }
    EXPECT_GE(cases, kLeastCases);
    RecordProperty("cases", cases);
  }

  Answers accumulated(const Kernel& kernel, const Events& events, const std::vector<Frame>& frames,
                      const std::function<bool(size_t, int64_t)>& sees) {
    ResultColumn column(kernel.result_type());
    std::unique_ptr<Accumulator> accumulator = kernel.accumulator();
    for (size_t q = 0; q < frames.size(); ++q) {
      accumulator->clear();
      for (int64_t at = frames[q].begin; at < frames[q].end; ++at) {
        if (sees(q, at)) accumulator->add(events, at, at + 1);
      }
      kernel.result(*accumulator, &column);
    }
    return finished(&column);
  }

  const uint64_t seed_ = std::random_device{}();
  testing::ScopedTrace trace_{__FILE__, __LINE__, testing::Message() << "seed " << seed_};
  Random random_{seed_};
};

Answers result_of(const Kernel& kernel, const Accumulator& accumulator) {
  ResultColumn column(kernel.result_type());
  kernel.result(accumulator, &column);
  return finished(&column);
}

TEST_F(AggregationLaws, AnyOrderAndAnyGroupingIsOneState) {
  for_every_function([&](const Kernel& kernel, const OwnedEvents& owned) {
    const Events events = owned.view();
    std::unique_ptr<Accumulator> whole = kernel.accumulator();
    whole->add(events, 0, events.count);
    std::vector<int64_t> order(static_cast<size_t>(events.count));
    for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(i);
    std::shuffle(order.begin(), order.end(), random_);
    std::vector<std::unique_ptr<Accumulator>> parts(1 + random_() % 4);
    for (auto& part : parts) part = kernel.accumulator();
    for (int64_t at : order) parts[random_() % parts.size()]->add(events, at, at + 1);
    while (parts.size() > 1) {  // any two become one, until one is left
      std::shuffle(parts.begin(), parts.end(), random_);
      const std::string bytes = encoded(*parts.back());
      parts.pop_back();
      const Status merged = parts.back()->merge(bytes);
      ASSERT_TRUE(merged.ok()) << merged.to_string();
    }
    EXPECT_EQ(encoded(*parts[0]), encoded(*whole));
    EXPECT_EQ(parts[0]->newest(), whole->newest());
    EXPECT_EQ(result_of(kernel, *parts[0]), result_of(kernel, *whole));
  });
}

TEST_F(AggregationLaws, ATileMayBeCutAnywhere) {
  for_every_function([&](const Kernel& kernel, const OwnedEvents& owned) {
    const Events events = owned.view();
    std::unique_ptr<Accumulator> whole = kernel.accumulator();
    whole->add(events, 0, events.count);
    const int64_t cut = static_cast<int64_t>(random_() % static_cast<uint64_t>(events.count + 1));
    std::unique_ptr<Accumulator> older = kernel.accumulator();
    std::unique_ptr<Accumulator> newer = kernel.accumulator();
    older->add(events, 0, cut);
    newer->add(events, cut, events.count);
    std::unique_ptr<Accumulator> from_bytes = kernel.accumulator();
    ASSERT_TRUE(from_bytes->merge(encoded(*newer)).ok());
    EXPECT_EQ(encoded(*from_bytes), encoded(*newer)) << "bytes come back as they were";
    EXPECT_EQ(from_bytes->newest(), newer->newest());
    ASSERT_TRUE(from_bytes->merge(encoded(*kernel.accumulator())).ok());
    EXPECT_EQ(encoded(*from_bytes), encoded(*newer)) << "a state without events changes nothing";
    ASSERT_TRUE(from_bytes->merge(encoded(*older)).ok());
    EXPECT_EQ(encoded(*from_bytes), encoded(*whole));
    from_bytes->clear();
    EXPECT_EQ(encoded(*from_bytes), encoded(*kernel.accumulator()));
    EXPECT_EQ(from_bytes->newest(), kNoEvent);
  });
}

TEST_F(AggregationLaws, SlidingIsAccumulatingEachFrame) {
  for_every_function([&](const Kernel& kernel, const OwnedEvents& owned) {
    const Events events = owned.view();
    const std::vector<Frame> frames = random_frames(random_, events.count, random_() % 12);
    ResultColumn column(kernel.result_type());
    kernel.slide(events, frames, &column);
    EXPECT_EQ(finished(&column), accumulated(kernel, events, frames, [](size_t, int64_t) { return true; }));
  });
}

TEST_F(AggregationLaws, SharedSumsAndPlacesChangeNoBit) {
  for_every_function([&](const Kernel& kernel, const OwnedEvents& owned) {
    RunningSums sums;
    Events events = owned.view();
    const std::vector<Frame> frames = random_frames(random_, events.count, random_() % 12);
    ResultColumn column(kernel.result_type());
    kernel.slide(events, frames, &column);
    const Answers alone = finished(&column);
    events.sums = &sums;
    for (int time = 0; time < 2; ++time) {  // the second finds the sums made
      kernel.slide(events, frames, &column);
      EXPECT_EQ(finished(&column), alone);
    }
    const arrow::Type::type type = kernel.result_type()->id();
    if (type != arrow::Type::INT64 && type != arrow::Type::DOUBLE) return;
    std::vector<uint64_t> values(frames.size() * 3, 7);
    std::vector<uint8_t> valid(frames.size(), 0);
    ResultColumn places(ResultPlaces{values.data() + 1, 3, valid.data(), 4});
    kernel.slide(events, frames, &places);
    for (size_t q = 0; q < frames.size(); ++q) {
      const bool is_valid = valid[q] == 4;
      if (!is_valid) {
        EXPECT_EQ(values[3 * q + 1], 0u);
        column.append_null();
      } else if (type == arrow::Type::INT64) {
        column.append(static_cast<int64_t>(values[3 * q + 1]));
      } else {
        column.append(std::bit_cast<double>(values[3 * q + 1]));
      }
    }
    std::vector<int64_t> invalid;
    EXPECT_EQ(places.finish(&invalid).value(), nullptr);
    EXPECT_EQ(invalid, alone.invalid);
    Answers from_places = finished(&column);
    from_places.invalid = invalid;
    EXPECT_EQ(from_places, alone);
  });
}

TEST_F(AggregationLaws, SlidingOverLateEventsIsFilteringThenAccumulating) {
  for_every_function([&](const Kernel& kernel, const OwnedEvents& owned) {
    const Events events = owned.view();
    const std::vector<Frame> frames = random_frames(random_, events.count, random_() % 12);
    std::vector<TimeUs> visible_from(static_cast<size_t>(events.count));
    const uint64_t range = random_() % 4 == 0 ? 1 : 50;  // sometimes no event is late
    for (TimeUs& from : visible_from) from = static_cast<TimeUs>(random_() % range);
    std::vector<TimeUs> times(frames.size());
    for (TimeUs& time : times) time = static_cast<TimeUs>(random_() % 50);
    std::sort(times.begin(), times.end());
    ResultColumn column(kernel.result_type());
    kernel.slide(events, frames, visible_from, times, &column);
    EXPECT_EQ(finished(&column), accumulated(kernel, events, frames, [&](size_t q, int64_t at) {
                return visible_from[static_cast<size_t>(at)] <= times[q];
              }));
  });
}

TEST_F(AggregationLaws, TheOwnEventOfWhoAsksCountsInItsFrameAlone) {
  for_every_function([&](const Kernel& kernel, const OwnedEvents& events_alone) {
    OwnedEvents owned = events_alone;
    owned.views.assign(owned.texts.begin(), owned.texts.end());
    const auto own = std::min<size_t>(owned.event_time.size(), random_() % 12);
    const auto first_own = static_cast<int64_t>(owned.event_time.size() - own);
    for (size_t at = static_cast<size_t>(first_own); at < owned.event_time.size(); ++at) owned.event_time[at] += 1'000'000;
    const Events events = owned.view();
    const std::vector<Frame> frames = random_frames(random_, first_own, own);
    std::vector<TimeUs> visible_from(static_cast<size_t>(first_own));
    const bool in_order = random_() % 3 == 0;
    for (TimeUs& from : visible_from) from = in_order ? 0 : static_cast<TimeUs>(random_() % 50);
    std::vector<TimeUs> times(frames.size());
    for (TimeUs& time : times) time = static_cast<TimeUs>(random_() % 50);
    std::sort(times.begin(), times.end());

    ResultColumn expected(kernel.result_type());
    std::unique_ptr<Accumulator> accumulator = kernel.accumulator();
    for (size_t q = 0; q < frames.size(); ++q) {
      accumulator->clear();
      for (int64_t at = frames[q].begin; at < frames[q].end; ++at) {
        if (visible_from[static_cast<size_t>(at)] <= times[q]) accumulator->add(events, at, at + 1);
      }
      const std::string others = encoded(*accumulator);
      const std::unique_ptr<Accumulator> with_own = accumulator->clone();
      with_own->add(events, first_own + static_cast<int64_t>(q), first_own + static_cast<int64_t>(q) + 1);
      kernel.result(*with_own, &expected);
      EXPECT_EQ(encoded(*accumulator), others) << "a clone is a state of its own";
    }
    ResultColumn column(kernel.result_type());
    if (in_order) {
      kernel.slide_including(events, first_own, frames, {}, {}, &column);
    } else {
      kernel.slide_including(events, first_own, frames, visible_from, times, &column);
    }
    EXPECT_EQ(finished(&column), finished(&expected));
  });
}

// Many frames over many events: where blocks of suffixes and the upper levels of trees are met.
TEST_F(AggregationLaws, SlidingHoldsForManyFrames) {
  for (const AggregationInfo& info : builtin_aggregations()) {
    for (const std::string dtype : {"Int64", "Float64", "String"}) {
      for (int round = 0; round < 4; ++round) {
        const std::unique_ptr<Kernel> kernel = random_kernel(random_, info, dtype);
        if (kernel == nullptr) continue;
        SCOPED_TRACE(info.name + " of " + dtype);
        const OwnedEvents owned = random_events(random_, dtype, 200 + random_() % 400);
        const Events events = owned.view();
        const std::vector<Frame> frames = random_frames(random_, events.count, 200 + random_() % 1000);
        std::vector<TimeUs> visible_from(static_cast<size_t>(events.count));
        for (size_t at = 0; at < visible_from.size(); ++at) visible_from[at] = static_cast<TimeUs>(at * 2 + random_() % 100);
        std::vector<TimeUs> times(frames.size());
        for (size_t q = 0; q < times.size(); ++q) times[q] = static_cast<TimeUs>(q);
        ResultColumn column(kernel->result_type());
        kernel->slide(events, frames, &column);
        ASSERT_EQ(finished(&column), accumulated(*kernel, events, frames, [](size_t, int64_t) { return true; }));
        kernel->slide(events, frames, visible_from, times, &column);
        ASSERT_EQ(finished(&column), accumulated(*kernel, events, frames, [&](size_t q, int64_t at) {
                    return visible_from[static_cast<size_t>(at)] <= times[q];
                  }));
      }
    }
  }
}

std::string mutated(Random& random, std::string bytes) {
  switch (random() % 4) {
    case 0: bytes.resize(random() % (bytes.size() + 1)); break;
    case 1:
      for (size_t i = 1 + random() % 3; i > 0 && !bytes.empty(); --i)
        bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
      break;
    case 2: bytes.insert(random() % (bytes.size() + 1), 1 + random() % 9, static_cast<char>(random())); break;
    default:
      for (size_t i = random() % (bytes.size() + 1); i < bytes.size(); ++i) bytes[i] = static_cast<char>(random());
  }
  return bytes;
}

// Reading must do no harm; what is read need not be text.
void read_result(const Kernel& kernel, const Accumulator& accumulator) {
  ResultColumn column(kernel.result_type());
  kernel.result(accumulator, &column);
  std::vector<int64_t> invalid;
  EXPECT_TRUE(column.finish(&invalid).ok());
}

TEST_F(AggregationLaws, DamagedBytesAreAnErrorOrAnotherState) {
  int refused = 0;
  for_every_function([&](const Kernel& kernel, const OwnedEvents& owned) {
    const Events events = owned.view();
    std::unique_ptr<Accumulator> accumulator = kernel.accumulator();
    accumulator->add(events, 0, events.count);
    const std::string bytes = mutated(random_, encoded(*accumulator));
    std::unique_ptr<Accumulator> reader = kernel.accumulator();
    const Status status = reader->merge(bytes);
    if (status.ok()) {
      const std::string again = encoded(*reader);
      EXPECT_EQ(again, bytes) << "only canonical bytes are read";
      read_result(kernel, *reader);
      ASSERT_TRUE(accumulator->merge(bytes).ok());
    } else {
      ++refused;
      EXPECT_EQ(status.info().id, "GN220");
      EXPECT_EQ(status.code(), Code::kDataLoss);
      const std::string before = encoded(*accumulator);
      EXPECT_FALSE(accumulator->merge(bytes).ok());
      EXPECT_EQ(encoded(*accumulator), before) << "an error leaves the state alone";
    }
    read_result(kernel, *accumulator);
  });
  EXPECT_GT(refused, kLeastCases / 4);
}

// Kernels that share a state read each other's accumulators.
TEST_F(AggregationLaws, OneStateIdIsOneState) {
  std::map<std::string, std::string> bytes_of;
  for (const std::string dtype : kInputTypes) {
    bytes_of.clear();
    const OwnedEvents owned = random_events(random_, dtype, 20);
    for (const AggregationInfo& info : builtin_aggregations()) {
      const std::unique_ptr<Kernel> kernel = random_kernel(random_, info, dtype);
      if (kernel == nullptr) continue;
      std::unique_ptr<Accumulator> accumulator = kernel->accumulator();
      accumulator->add(owned.view(), 0, 20);
      const auto [place, is_new] = bytes_of.emplace(kernel->state_id(), encoded(*accumulator));
      EXPECT_EQ(place->second, encoded(*accumulator)) << info.name << " of " << dtype << ": " << kernel->state_id();
    }
  }
}

}  // namespace
}  // namespace gnomon
