// Random histories against the model: whatever the order and the cut of the writes, a store answers as the rules say.
#include <cstdlib>
#include <numeric>
#include <optional>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "online_store_draw.h"
#include "online_store_factory.h"
#include "online_store_model.h"

namespace gnomon {
namespace {

constexpr int kCases = 6000;
constexpr TimeUs kLastRead = kLastDrawnTime + 16;  // past the last known_at, the greatest lag and the greatest ttl
constexpr int kReads = 10;

uint64_t first_seed() {
  const char* given = std::getenv("GNOMON_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

class OnlineStoreProperty : public testing::TestWithParam<OnlineStoreFactory> {
 protected:
  void SetUp() override {
    auto opened = GetParam().open(folder_.path());
    ASSERT_TRUE(opened.ok()) << opened.status().to_string();
    store_ = std::move(*opened);
    seed_ = first_seed();
    std::printf("seed %llu (set GNOMON_SEED to repeat)\n", static_cast<unsigned long long>(seed_));
  }

  void write(const OnlineViewSpec& view, const arrow::RecordBatchVector& rows, TimeUs now) {
    Status written = store_->write(view, rows, now, {});
    ASSERT_TRUE(written.ok()) << written.to_string();
  }

  // Every key of `keys` at some of the instants that can matter.
  template <class Expect>
  void read_at_random(Generator* generator, const OnlineViewSpec& view, const arrow::RecordBatch& keys, Expect expect) {
    for (int read = 0; read < kReads; ++read) {
      TimeUs t = draw(generator, 0, kLastRead);
      auto rows = store_->read(view, keys, t);
      ASSERT_TRUE(rows.ok()) << rows.status().to_string();
      for (int64_t i = 0; i < keys.num_rows(); ++i) expect(t, i, store_answer(*rows, i));
    }
  }

  ScratchFolder folder_;
  std::unique_ptr<OnlineStore> store_;
  uint64_t seed_ = 0;
};

std::vector<int64_t> shuffled(Generator* generator, int64_t rows) {
  std::vector<int64_t> order(static_cast<size_t>(rows));
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), *generator);
  return order;
}

// Writes the rows in a few steps with a clock that does not run backwards, replays some, and reads after each step.
TEST_P(OnlineStoreProperty, AnswersAsTheModelDoes) {
  for (uint64_t seed = seed_; seed < seed_ + kCases && !HasFailure(); ++seed) {
    Generator generator(seed);
    OnlineViewSpec view = draw_view(&generator, fmt::format("p/v@{}", seed));
    OnlineStoreModel model(view);
    auto rows = draw_rows(&generator, view, draw(&generator, 1, 14));
    TimeUs now = draw(&generator, 0, 5);
    arrow::RecordBatchVector steps = split_rows(&generator, *rows, shuffled(&generator, rows->num_rows()));
    if (draw(&generator, 0, 1) == 0)
      steps.push_back(steps[static_cast<size_t>(draw(&generator, 0, static_cast<int64_t>(steps.size()) - 1))]);
    for (const auto& step : steps) {
      write(view, {step}, now);
      model.write(*step, now, view.as_of_retention_us);
      now += draw(&generator, 0, 8);
    }
    read_at_random(&generator, view, *rows, [&](TimeUs t, int64_t i, const ModelAnswer& got) {
      ASSERT_EQ(got.text(), model.read(*rows, i, t).text()) << "seed " << seed << " row " << i << " t " << t;
    });
  }
}

// One instant of writing: the order of the rows and where the batches are cut leave no trace.
TEST_P(OnlineStoreProperty, OrderAndBatchesLeaveNoTrace) {
  for (uint64_t seed = seed_; seed < seed_ + kCases / 8 && !HasFailure(); ++seed) {
    Generator generator(seed);
    OnlineViewSpec view = draw_view(&generator, fmt::format("p/v@{}", seed)), other = view;
    other.id += "/other";
    auto rows = draw_rows(&generator, view, draw(&generator, 2, 14));
    TimeUs now = draw(&generator, 0, kLastDrawnTime);
    for (const auto& step : split_rows(&generator, *rows, shuffled(&generator, rows->num_rows()))) write(view, {step}, now);
    write(other, split_rows(&generator, *rows, shuffled(&generator, rows->num_rows())), now);
    for (int read = 0; read < kReads; ++read) {
      TimeUs t = draw(&generator, 0, kLastRead);
      auto one = store_->read(view, *rows, t), two = store_->read(other, *rows, t);
      ASSERT_TRUE(one.ok() && two.ok());
      for (int64_t i = 0; i < rows->num_rows(); ++i) {
        ASSERT_EQ(store_answer(*one, i).text(), store_answer(*two, i).text())
            << "seed " << seed << " row " << i << " t " << t;
      }
    }
  }
}

// A clock that jumps and a retention that changes cost coverage, never truth.
TEST_P(OnlineStoreProperty, NeverWrongUnderAJumpingClock) {
  for (uint64_t seed = seed_; seed < seed_ + kCases / 8 && !HasFailure(); ++seed) {
    Generator generator(seed);
    OnlineViewSpec view = draw_view(&generator, fmt::format("p/v@{}", seed));
    OnlineStoreModel model(view);
    auto rows = draw_rows(&generator, view, draw(&generator, 1, 14));
    for (const auto& step : split_rows(&generator, *rows, shuffled(&generator, rows->num_rows()))) {
      TimeUs now = draw(&generator, 0, kLastDrawnTime);
      view.as_of_retention_us = draw(&generator, -1, 6);
      write(view, {step}, now);
      model.write(*step, now, view.as_of_retention_us);
    }
    read_at_random(&generator, view, *rows, [&](TimeUs t, int64_t i, const ModelAnswer& got) {
      std::optional<TimeUs> cutoff = model.cutoff(*rows, i);
      if (got.status == OnlineStatus::kInvalid && cutoff && t < *cutoff) return;
      ASSERT_EQ(got.text(), model.read_everything(*rows, i, t).text()) << "seed " << seed << " row " << i << " t " << t;
    });
  }
}

// What a compaction takes away no read at or after its time misses; one before it is told so, or still gets what held.
TEST_P(OnlineStoreProperty, NothingIsMissedAfterACompaction) {
  for (uint64_t seed = seed_; seed < seed_ + kCases / 8 && !HasFailure(); ++seed) {
    Generator generator(seed);
    OnlineViewSpec view = draw_view(&generator, fmt::format("p/v@{}", seed));
    view.as_of_retention_us = -1;  // only compactions drop anything
    OnlineStoreModel model(view);
    auto rows = draw_rows(&generator, view, draw(&generator, 1, 14));
    TimeUs compacted_at = INT64_MIN;
    for (const auto& step : split_rows(&generator, *rows, shuffled(&generator, rows->num_rows()))) {
      write(view, {step}, 0);
      model.write(*step, 0, -1);
      if (draw(&generator, 0, 1) == 0) continue;
      const TimeUs as_of = draw(&generator, 0, kLastRead);
      const auto removed = store_->compact(view, as_of, {});
      ASSERT_TRUE(removed.ok()) << removed.status().to_string();
      compacted_at = std::max(compacted_at, as_of);
    }
    read_at_random(&generator, view, *rows, [&](TimeUs t, int64_t i, const ModelAnswer& got) {
      if (got.status == OnlineStatus::kInvalid && t < compacted_at) return;
      ASSERT_EQ(got.text(), model.read_everything(*rows, i, t).text()) << "seed " << seed << " row " << i << " t " << t;
    });
  }
}

// The negative control: a model with a slightly other rule must be caught.
TEST_P(OnlineStoreProperty, TheComparisonCanFail) {
  int different = 0;
  for (uint64_t seed = seed_; seed < seed_ + 200; ++seed) {
    Generator generator(seed);
    OnlineViewSpec view = draw_view(&generator, fmt::format("p/v@{}", seed));
    view.ttl_us = 6;
    OnlineStoreModel model(view);
    model.set_ttl(5);  // of the model alone
    auto rows = draw_rows(&generator, view, 8);
    write(view, {rows}, 0);
    model.write(*rows, 0, view.as_of_retention_us);
    read_at_random(&generator, view, *rows, [&](TimeUs t, int64_t i, const ModelAnswer& got) {
      different += got.text() != model.read(*rows, i, t).text();
    });
  }
  EXPECT_GT(different, 0);
}

INSTANTIATE_TEST_SUITE_P(Stores, OnlineStoreProperty, testing::ValuesIn(online_store_factories()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace gnomon
