#include "features_tiles_fixture.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include <arrow/api.h>
#include <arrow/compute/initialize.h>
#include <fmt/format.h>

#include "features/aggregations/algebra.h"

namespace gnomon {
namespace {

struct Named {
  const char* function;
  const char* columns;  // i: Int64, f: Float64, s: String, *: events
  int64_t n = 0;
  double p = 0;
  int64_t max_distinct = 0;
};

constexpr Named kFunctions[] = {
    {"count", "*ifs"},
    {"sum", "if"},
    {"mean", "if"},
    {"var_pop", "if"},
    {"var", "if"},
    {"std_pop", "if"},
    {"std", "if"},
    {"min", "ifs"},
    {"max", "ifs"},
    {"first", "ifs"},
    {"last", "ifs"},
    {"first_n", "ifs", 2},
    {"last_n", "ifs", 3},
    {"last_distinct_n", "ifs", 2},
    {"count_distinct", "ifs"},
    {"count_distinct", "is", 0, 0, 2},
    {"mode", "ifs"},
    {"top_k", "ifs", 2},
    {"histogram", "is"},
    {"median", "if"},
    {"approx_count_distinct", "ifs"},
    {"approx_percentile", "if", 0, 0.5},
};

const char* const kTexts[] = {"", "a", "b", "ab", "a longer text, which no short string holds", "\xc3\xbc"};

const std::string_view& draw_text(Random& random) {
  static const std::string_view kViews[] = {kTexts[0], kTexts[1], kTexts[2], kTexts[3], kTexts[4], kTexts[5]};
  return kViews[random() % 6];
}

int64_t draw_int(Random& random) {
  if (random() % 8 == 0) return std::numeric_limits<int64_t>::max() - static_cast<int64_t>(random() % 3);
  if (random() % 16 == 0) return std::numeric_limits<int64_t>::min();
  return draw(random, -4, 4);
}

double draw_float(Random& random) {
  static const double kSpecial[] = {0.0,
                                    -0.0,
                                    std::numeric_limits<double>::quiet_NaN(),
                                    -std::numeric_limits<double>::quiet_NaN(),
                                    std::numeric_limits<double>::infinity(),
                                    -std::numeric_limits<double>::infinity(),
                                    1e308,
                                    -1e308,
                                    5e-324};
  if (random() % 6 == 0) return kSpecial[random() % 9];
  return static_cast<double>(draw(random, -500, 500)) / 8;
}

std::vector<TestKernel> make_kernels() {
  EXPECT_TRUE(arrow::compute::Initialize().ok());  // calendars are Arrow's
  std::vector<TestKernel> kernels;
  for (const Named& function : kFunctions) {
    for (char kind : std::string(function.columns)) {
      v1::Aggregation aggregation;
      aggregation.set_function(function.function);
      aggregation.set_column(kind == '*' ? "*" : std::string(1, kind));
      aggregation.set_n(function.n);
      aggregation.set_p(function.p);
      aggregation.set_max_distinct(function.max_distinct);
      const auto type = kind == 'i' ? arrow::int64() : (kind == 'f' ? arrow::float64() : arrow::utf8());
      Result<std::unique_ptr<Kernel>> kernel = make_kernel(aggregation, kind == '*' ? nullptr : type.get());
      EXPECT_TRUE(kernel.ok()) << kernel.status().to_string();
      const int column = kind == 'i' ? 0 : (kind == 'f' ? 1 : (kind == 's' ? 2 : kNone));
      kernels.push_back({fmt::format("{}({}){}", function.function, kind, function.max_distinct > 0 ? " of few" : ""),
                         column, std::move(*kernel)});
    }
  }
  return kernels;
}

std::vector<int64_t> iota(int64_t count) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

}  // namespace

uint64_t new_seed() {
  const uint64_t seed = std::random_device{}();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

int64_t draw(Random& random, int64_t least, int64_t greatest) {
  return std::uniform_int_distribution<int64_t>(least, greatest)(random);
}

TimeScale draw_scale(Random& random) {
  constexpr int64_t kMinuteUs = 60'000'000;
  switch (random() % 4) {
    case 0: return {0, 1, draw(random, 1, 30)};
    case 1: return {draw(random, -1000, 1000), 1, 300};
    case 2: return {1'600'000'000'000'000, kMinuteUs, 3 * 1440};
    default: return {0, kMinuteUs / 7, 20'000};
  }
}

const std::vector<TestKernel>& test_kernels() {
  static const auto* kernels = new std::vector<TestKernel>(make_kernels());
  return *kernels;
}

const Kernel& test_kernel(const std::string& text) {
  for (const TestKernel& kernel : test_kernels()) {
    if (kernel.text == text) return *kernel.kernel;
  }
  GN_ASSERT(false);
}

StateLayout make_layout(TileLayout tiles) {
  StateLayout layout(std::move(tiles));
  layout.add_column("i", ValueKind::kInt);
  layout.add_column("f", ValueKind::kFloat);
  layout.add_column("s", ValueKind::kBytes);
  for (const char* filter : {"i > 0", "s = 'a'"}) layout.add_filter(filter);
  return layout;
}

TileLayout draw_tiles(Random& random, const TimeScale& scale) {
  TileLayout tiles;
  tiles.folded_events = draw(random, 0, 5);
  if (scale.unit_us > 1 && random() % 2 == 0) return tiles;
  tiles.widths_us = {scale.unit_us * draw(random, 2, 12)};
  for (int64_t more = draw(random, 0, 3); more > 0; --more)
    tiles.widths_us.push_back(tiles.widths_us.back() * draw(random, 2, 6));
  return tiles;
}

EventBatch draw_events(Random& random, const TimeScale& scale, int64_t count) {
  EventBatch events;
  events.reset(make_layout({}));
  const bool has_created = random() % 2 == 0;
  const bool has_lag = random() % 2 == 0;
  const uint64_t null_rate = random() % 3;
  for (int64_t i = 0; i < count; ++i) events.event_time.push_back(scale.draw_time(random));
  std::sort(events.event_time.begin(), events.event_time.end());
  for (TimeUs time : events.event_time) {
    events.created_time.push_back(has_created && random() % 4 != 0 ? scale.origin + draw(random, -2, 2) : kNoCreatedTime);
    events.visible_from.push_back(has_lag && random() % 3 == 0 ? time + scale.unit_us * draw(random, 0, 60) : time);
    for (std::vector<uint8_t>& passes : events.passes) passes.push_back(random() % 2);
    events.columns[0].ints.push_back(draw_int(random));
    events.columns[1].floats.push_back(draw_float(random));
    events.columns[2].bytes.push_back(draw_text(random));
    for (EventBatch::Column& column : events.columns)
      column.valid.push_back(null_rate == 0 || random() % (2 * null_rate) != 0);
  }
  return events;
}

EventBatch picked(EventBatch& events, std::span<const int64_t> order) {
  EventBatch out;
  out.reset(make_layout({}));
  out.append(events.view(), order);
  return out;
}

EventBatch shuffled(Random& random, EventBatch& events) {
  std::vector<int64_t> order = iota(events.size());
  std::shuffle(order.begin(), order.end(), random);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return events.event_time[static_cast<size_t>(a)] < events.event_time[static_cast<size_t>(b)];
  });
  return picked(events, order);
}

WindowFeature make_feature(StateLayout* layout, const TestKernel& kernel, const WindowSpec& window, int filter) {
  WindowFeature feature{kernel.kernel.get(), window, kNone, kernel.column, filter};
  if (window.kind != WindowSpec::Kind::kLastN) feature.base = layout->add_base(*kernel.kernel, kernel.column, filter);
  return feature;
}

WindowFeature draw_feature(Random& random, const TimeScale& scale, StateLayout* layout) {
  static const char* const kUnits[] = {"hour", "day", "week", "month"};
  WindowSpec window;
  window.kind = static_cast<WindowSpec::Kind>(random() % 4);
  const auto draw_duration = [&] {
    return random() % 3 == 0 ? scale.unit_us * draw(random, 1, 20) : draw(random, 1, scale.unit_us * scale.reach);
  };
  if (window.kind == WindowSpec::Kind::kTrailing) {
    window.duration_us = draw_duration();
    if (random() % 4 == 0) window.sawtooth_us = draw_duration();
  }
  if (window.kind == WindowSpec::Kind::kLastN) window.last_n = draw(random, 1, 6);
  if (window.kind == WindowSpec::Kind::kCalendar) {
    window.calendar_unit = kUnits[random() % 4];
    window.calendar_tz = random() % 2 == 0 ? "UTC" : "America/New_York";
  }
  if (random() % 4 == 0) window.offset_us = draw_duration();
  if (random() % 4 == 0) window.resolution_us = draw_duration();
  const std::vector<TestKernel>& kernels = test_kernels();
  return make_feature(layout, kernels[random() % kernels.size()], window,
                      static_cast<int>(draw(random, kNone, kFilters - 1)));
}

std::string text_of(const WindowFeature& feature) {
  for (const TestKernel& kernel : test_kernels()) {
    if (kernel.kernel.get() != feature.kernel) continue;
    const WindowSpec& window = feature.window;
    return fmt::format("{} kind {} duration {} n {} unit {} offset {} resolution {} sawtooth {} filter {}", kernel.text,
                       static_cast<int>(window.kind), window.duration_us, window.last_n, window.calendar_unit,
                       window.offset_us, window.resolution_us, window.sawtooth_us, feature.filter);
  }
  return "?";
}

void RecordMap::put(std::span<const WindowRecord> records) {
  for (const WindowRecord& record : records) records_[{record.level, record.start}] = record.bytes;
}

RecordScan RecordMap::scan() const {
  return [this](uint8_t level, TimeUs from, TimeUs to, bool descending, const WindowRecordFn& fn) {
    ++scans;
    const auto visit = [&](const auto& record) {
      ++records_read;
      return fn(record.first.second, record.second);
    };
    auto begin = records_.lower_bound({level, from});
    auto end = from < to ? records_.lower_bound({level, to}) : begin;
    if (descending) {
      while (end != begin && visit(*--end)) {
      }
    } else {
      while (begin != end && visit(*begin)) ++begin;
    }
    return Status();
  };
}

RecordMap build(const StateLayout& layout, EventBatch& events) {
  RecordMap map;
  const EntityEvents entity{"e", 0, events.size()};
  const Status built = build_tiles(layout, events.view(), {&entity, 1}, [&](std::span<const WindowRecord> records) {
    map.put(records);
    return Status();
  });
  EXPECT_TRUE(built.ok()) << built.to_string();
  return map;
}

namespace {

struct Collected {
  std::vector<ResultColumn> columns;
  Answers answers;

  explicit Collected(const std::vector<WindowFeature>& features) {
    for (const WindowFeature& feature : features) columns.emplace_back(feature.kernel->result_type());
    answers.newest.resize(features.size());
    answers.invalid.resize(features.size());
  }

  Answers finish() {
    for (size_t i = 0; i < columns.size(); ++i) {
      auto array = columns[i].finish(&answers.invalid[i]);
      EXPECT_TRUE(array.ok()) << array.status().to_string();
      answers.values.push_back(*array);
    }
    return std::move(answers);
  }
};

// The events of `order` that a window holds.
std::vector<int64_t> held(const WindowFeature& feature, const StateLayout& layout, const WindowSpan& span,
                          const StateEvents& events) {
  const int column = feature.base == kNone ? feature.column : layout.bases()[static_cast<size_t>(feature.base)].column;
  std::vector<int64_t> order;
  for (int64_t at = 0; at < events.count; ++at) {
    const bool passes = feature.filter == kNone || events.passes[static_cast<size_t>(feature.filter)][at] != 0;
    const bool is_held =
        events.event_time[at] >= span.begin && events.event_time[at] < span.end && events.visible_at(at) <= span.as_of;
    if (passes && is_held) order.push_back(at);
  }
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    if (events.event_time[a] != events.event_time[b]) return events.event_time[a] < events.event_time[b];
    if (events.created_at(a) != events.created_at(b)) return events.created_at(a) < events.created_at(b);
    return column != kNone && compare_values(events.columns[static_cast<size_t>(column)], a, b) < 0;
  });
  const auto most = static_cast<size_t>(feature.window.last_n);
  if (feature.window.kind == WindowSpec::Kind::kLastN && order.size() > most)
    order.erase(order.begin(), order.end() - static_cast<int64_t>(most));
  return order;
}

}  // namespace

Answers read_all(const StateLayout& layout, const std::vector<WindowFeature>& features, std::span<const TimeUs> times,
                 const RecordMap& records, KeptEntity* kept) {
  Collected collected(features);
  WindowRead read(layout, features);
  std::vector<TimeUs> newest(features.size());
  for (TimeUs t : times) {
    const Status timed = read.set_time(t);
    EXPECT_TRUE(timed.ok()) << timed.to_string();
    const Status status = read.read(records.scan(), collected.columns, newest, {}, kept);
    EXPECT_TRUE(status.ok()) << status.to_string();
    for (size_t i = 0; i < newest.size(); ++i) collected.answers.newest[i].push_back(newest[i]);
  }
  return collected.finish();
}

Answers naive_answers(const std::vector<WindowFeature>& features, const StateLayout& layout, std::span<const TimeUs> times,
                      EventBatch& events) {
  Collected collected(features);
  for (size_t i = 0; i < features.size(); ++i) {
    const WindowFeature& feature = features[i];
    Result<std::vector<WindowSpan>> spans = window_spans(feature.window, times);
    EXPECT_TRUE(spans.ok()) << spans.status().to_string();
    for (const WindowSpan& span : *spans) {
      EventBatch chosen = picked(events, held(feature, layout, span, events.view()));
      const int column = feature.base == kNone ? feature.column : layout.bases()[static_cast<size_t>(feature.base)].column;
      std::unique_ptr<Accumulator> state = feature.kernel->accumulator();
      state->add(chosen.view().column(column), 0, chosen.size());
      feature.kernel->result(*state, &collected.columns[i]);
      collected.answers.newest[i].push_back(state->newest());
    }
  }
  return collected.finish();
}

void expect_equal(const Answers& got, const Answers& expected, const std::vector<WindowFeature>& features,
                  const std::string& what) {
  const auto options = arrow::EqualOptions::Defaults().nans_equal(true).signed_zeros_equal(false);
  for (size_t i = 0; i < features.size(); ++i) {
    EXPECT_TRUE(got.values[i]->Equals(*expected.values[i], options))
        << what << ": " << text_of(features[i]) << "\ngot " << got.values[i]->ToString() << "\nexpected "
        << expected.values[i]->ToString();
    EXPECT_EQ(got.invalid[i], expected.invalid[i]) << what << ": " << text_of(features[i]);
    EXPECT_EQ(got.newest[i], expected.newest[i]) << what << ": " << text_of(features[i]);
  }
}

}  // namespace gnomon
