#include "features/aggregations/sum_algebras.h"

#include <limits>

#include "features/aggregations/state_bytes.h"

namespace gnomon {

void IntegerSums::append_sum(const State& state, ResultColumn* out) {
  const bool fits = state.sum >= std::numeric_limits<int64_t>::min() && state.sum <= std::numeric_limits<int64_t>::max();
  if (fits) {
    out->append(static_cast<int64_t>(state.sum));
  } else {
    out->append_invalid();
  }
}

// The count (8 bytes), the sum (16 bytes).
void IntegerSums::encode(const State& state, std::string* out) const {
  put(state.count, out);
  put(static_cast<uint64_t>(state.sum), out);
  put(static_cast<int64_t>(state.sum >> 64), out);
}

Status IntegerSums::decode(std::string_view bytes, State* state) const {
  StateReader reader(bytes);
  uint64_t low = 0;
  int64_t high = 0;
  if (!reader.read(&state->count) || !reader.read(&low) || !reader.read(&high) || reader.remaining() != 0) {
    return damaged_state(state_id(), "24 bytes expected");
  }
  state->sum = static_cast<int128_t>(static_cast<uint128_t>(static_cast<uint64_t>(high)) << 64 | low);
  const int128_t count = state->count;
  const bool is_possible = count >= 0 && count <= kMaxCountedEvents &&
                           state->sum >= count * std::numeric_limits<int64_t>::min() &&
                           state->sum <= count * std::numeric_limits<int64_t>::max();
  return is_possible ? Status() : damaged_state(state_id(), "no integers have this count and sum");
}

Status FloatSums::decode(std::string_view bytes, State* state) const {
  StateReader reader(bytes);
  return state->decode(&reader) && reader.remaining() == 0 ? Status() : damaged_state(state_id(), "not an exact sum");
}

}  // namespace gnomon
