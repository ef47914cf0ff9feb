// Records of tiles and of events from bytes: refused, or what they say can be added, written, and read again as the same.
//
// The first byte says which of the two decoders reads the rest. The entry is libFuzzer's (-DGNOMON_LIBFUZZER); without it the test below
// feeds it mutants of a corpus.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <arrow/api.h>

#include "features/aggregations/algebra.h"
#include "features/tiles/event_record.h"
#include "features/tiles/tile_states.h"

namespace {

using gnomon::EventBatch;
using gnomon::StateLayout;
using gnomon::Status;
using gnomon::Tile;

constexpr Tile kTile{-50, 49};
constexpr char kEvents = 0;  // the first byte; any other: states

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

std::unique_ptr<gnomon::Kernel> kernel_of(const char* function, const char* column, const arrow::DataType* type) {
  gnomon::v1::Aggregation aggregation;
  aggregation.set_function(function);
  aggregation.set_column(column);
  const std::string_view name = function;
  if (name == "last_n" || name == "last_distinct_n" || name == "top_k") aggregation.set_n(2);
  if (name == "approx_percentile") aggregation.set_p(0.5);
  auto kernel = gnomon::make_kernel(aggregation, type);
  require(kernel.ok(), "a function of the corpus is not known");
  return std::move(*kernel);
}

// Two numbers, a text, two filters, and a state of every kind.
struct State {
  StateLayout layout{gnomon::TileLayout{}};
  std::vector<std::unique_ptr<gnomon::Kernel>> kernels;

  State() {
    layout.add_column("i", gnomon::ValueKind::kInt);
    layout.add_column("f", gnomon::ValueKind::kFloat);
    layout.add_column("s", gnomon::ValueKind::kBytes);
    layout.add_filter("p");
    layout.add_filter("q");
    add("count", "*", nullptr, gnomon::kNone);
    for (const char* function : {"sum", "std", "min", "first", "last_n", "median", "approx_percentile"})
      add(function, "f", arrow::float64(), 1);
    for (const char* function : {"sum", "last_distinct_n", "top_k", "approx_count_distinct"})
      add(function, "i", arrow::int64(), 0);
    for (const char* function : {"max", "last", "count_distinct", "mode", "histogram"}) add(function, "s", arrow::utf8(), 2);
  }

  void add(const char* function, const char* name, const std::shared_ptr<arrow::DataType>& type, int column) {
    kernels.push_back(kernel_of(function, name, type.get()));
    layout.add_base(*kernels.back(), column, kernels.size() % 3 == 0 ? 0 : gnomon::kNone);
  }
};

const State& state() {
  static const State* made = new State();
  return *made;
}

std::string encoded(EventBatch* events) {
  EventBatch scratch;
  std::string bytes;
  encode_events(state().layout, kTile, canonical_events(state().layout, events->view(), 0, events->size(), &scratch),
                &bytes);
  return bytes;
}

std::string encoded(gnomon::TileStates* states) {
  std::string bytes;
  states->encode(kTile, &bytes);
  return bytes;
}

void require_refusal(const Status& status) { require(status.info().id == "GN220", "refused for another reason"); }

bool reads_events(std::string_view bytes) {
  EventBatch events;
  const Status status = decode_events(state().layout, kTile, bytes, &events);
  if (!status.ok()) return require_refusal(status), false;
  require(events.size() > 0 && static_cast<size_t>(events.size()) <= bytes.size(), "more events than bytes");
  for (int64_t at = 0; at < events.size(); ++at)
    require(kTile.holds(events.event_time[static_cast<size_t>(at)]), "an event outside its tile");
  const std::string written = encoded(&events);
  EventBatch again;
  require(decode_events(state().layout, kTile, written, &again).ok(), "what was written is not read");
  require(encoded(&again) == written, "events do not come back as they were");
  gnomon::TileStates states(state().layout);
  states.add(events.view(), 0, events.size());
  require(!encoded(&states).empty(), "no state of events");
  return true;
}

bool reads_states(std::string_view bytes) {
  gnomon::TileStates states(state().layout);
  const Status status = states.merge(kTile, bytes);
  if (!status.ok()) return require_refusal(status), false;
  const std::string written = encoded(&states);
  gnomon::TileStates again(state().layout);
  require(again.merge(kTile, written).ok(), "what was written is not read");
  require(encoded(&again) == written, "states do not come back as they were");
  return true;
}

bool reads(const uint8_t* data, size_t size) {
  if (size == 0) return false;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  return static_cast<char>(data[0]) == kEvents ? reads_events(bytes) : reads_states(bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  reads(data, size);
  return 0;
}

#ifndef GNOMON_LIBFUZZER
#include <gtest/gtest.h>

#include "fuzz_loop.h"

namespace {

// `count` events whose times and values have ties, nulls and extremes.
EventBatch events_of_corpus(int count, bool has_more) {
  static const char* const kTexts[] = {"", "a", "a longer text, which no short string holds"};
  EventBatch events;
  events.reset(state().layout);
  for (int at = 0; at < count; ++at) {
    events.event_time.push_back(-40 + at * 7 / 2);
    events.created_time.push_back(has_more && at % 2 == 0 ? at : INT64_MIN);
    events.visible_from.push_back(events.event_time.back() + (has_more ? at : 0));
    for (auto& passes : events.passes) passes.push_back(at % 3 == 0 ? 1 : 0);
    events.columns[0].ints.push_back(at % 4 == 0 ? INT64_MAX - at : at);
    events.columns[1].floats.push_back(at % 3 == 0 ? 1e308 : -0.125 * at);
    events.columns[2].bytes.emplace_back(kTexts[at % 3]);
    for (auto& column : events.columns) column.valid.push_back(has_more && at % 5 == 4 ? 0 : 1);
  }
  return events;
}

TEST(FuzzTileRecords, MutatedCorpus) {
  std::vector<std::string> corpus;
  for (int count : {1, 2, 5, 20}) {
    for (bool has_more : {false, true}) {
      EventBatch events = events_of_corpus(count, has_more);
      corpus.push_back(std::string(1, kEvents) + encoded(&events));
      gnomon::TileStates states(state().layout);
      states.add(events.view(), 0, events.size());
      corpus.push_back("s" + encoded(&states));
    }
  }
  for (const std::string& input : corpus)
    ASSERT_TRUE(reads(reinterpret_cast<const uint8_t*>(input.data()), input.size())) << "the corpus itself is refused";
  // Varints that go on, end at 2^63 or say nothing.
  const std::vector<std::string> pieces = {std::string(1, '\0'),
                                           "\x01",
                                           "\x7f",
                                           "\x80",
                                           std::string(9, '\xff') + "\x01",
                                           std::string(10, '\xff'),
                                           std::string("\x00\x00\x00\x00\x00\x00\xf0\x7f", 8)};
  gnomon::test::FuzzLoop loop(corpus, pieces);
  int64_t accepted = 0;
  const int64_t inputs =
      loop.run([](const std::string& input) { return reads(reinterpret_cast<const uint8_t*>(input.data()), input.size()); },
               &accepted);
  EXPECT_GT(accepted, inputs / 500) << "few mutants are records: what follows the decoders is hardly tested";
}

}  // namespace
#endif
