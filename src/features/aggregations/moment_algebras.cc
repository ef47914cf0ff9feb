#include "features/aggregations/moment_algebras.h"

#include <limits>

#include "features/aggregations/state_bytes.h"

namespace gnomon {

// The count (8 bytes), the sum (16 bytes), the sum of squares (24 bytes): at most 2^48 squares of 126 bits.
void IntegerMoments::encode(const State& state, std::string* out) const {
  put(state.values.count, out);
  put(static_cast<uint64_t>(state.values.sum), out);
  put(static_cast<int64_t>(state.values.sum >> 64), out);
  const std::array<uint64_t, 4> squares = state.squares.words();
  for (size_t i = 0; i < 3; ++i) put(squares[i], out);
}

Status IntegerMoments::decode(std::string_view bytes, State* state) const {
  StateReader reader(bytes);
  FixedSum& values = state->values;
  uint64_t low = 0;
  int64_t high = 0;
  uint64_t squares[3] = {};
  bool is_whole = reader.read(&values.count) && reader.read(&low) && reader.read(&high);
  for (uint64_t& word : squares) is_whole = is_whole && reader.read(&word);
  if (!is_whole || reader.remaining() != 0) return damaged_state(state_id(), "48 bytes expected");
  values.sum = static_cast<int128_t>(static_cast<uint128_t>(static_cast<uint64_t>(high)) << 64 | low);
  state->squares = {static_cast<uint128_t>(squares[1]) << 64 | squares[0], squares[2]};
  const int128_t count = values.count;
  const bool is_possible = count >= 0 && count <= kMaxCountedEvents &&
                           values.sum >= count * std::numeric_limits<int64_t>::min() &&
                           values.sum <= count * std::numeric_limits<int64_t>::max() && may_be_moments(*state);
  return is_possible ? Status() : damaged_state(state_id(), "no integers have these moments");
}

Status FloatMoments::decode(std::string_view bytes, State* state) const {
  StateReader reader(bytes);
  return state->decode(&reader) && reader.remaining() == 0 ? Status() : damaged_state(state_id(), "not exact moments");
}

}  // namespace gnomon
