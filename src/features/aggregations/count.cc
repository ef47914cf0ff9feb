#include <string>

#include <arrow/type.h>

#include "features/aggregations/functions.h"
#include "features/aggregations/kernel_of.h"

namespace gnomon {
namespace {

// Counts what is not null, of any type: values are never looked at.
struct CountAlgebra {
  using Value = int64_t;
  using State = int64_t;

  void add(State& state, const Event<Value>&) const { ++state; }
  void remove(State& state, const Event<Value>&) const { --state; }
  void merge(State& state, const State& other) const { state += other; }
  void subtract(State& state, const State& other) const { state -= other; }
  void encode(const State& state, std::string* out) const { put(state, out); }
  Status decode(std::string_view bytes, State* state) const {
    StateReader reader(bytes);
    if (!reader.read(state) || reader.remaining() != 0) return damaged_state(state_id(), "8 bytes expected");
    return *state >= 0 && *state <= kMaxCount ? Status() : damaged_state(state_id(), "an impossible count");
  }
  std::string state_id() const { return "count"; }

  template <class Emit>
  void slide(const Events& events, std::span<const Frame> frames, const Emit& emit) const {
    if (events.column.valid != nullptr) return slide_differences(*this, events, frames, emit);
    for (const Frame& frame : frames) emit(*this, frame.end - frame.begin);
  }

 private:
  static constexpr int64_t kMaxCount = int64_t{1} << 48;
};

struct CountFinish {
  void operator()(const CountAlgebra&, int64_t state, ResultColumn* out) const { out->append(state); }
};

Result<std::unique_ptr<Kernel>> bind_count(const v1::Aggregation&, const BoundInput&) {
  return make_kernel_of(CountAlgebra(), CountFinish(), arrow::int64());
}

}  // namespace

AggregationFunction count_function() {
  return {.info = {.name = "count",
                   .inputs = "any column, and \"*\"",
                   .result = "Int64",
                   .description = "The number of values that are not null; of \"*\" the number of events",
                   .example = {"String", "[\"a\", null, \"a\"]", "", "2"}},
          .accepts = kAnyColumn | kEvents,
          .bind = bind_count};
}

}  // namespace gnomon
