// The events of one group by the rank of their key among the group's distinct keys: a window over them counts in arrays.
// Thread-safety: a value.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "features/aggregations/aggregation.h"
#include "features/aggregations/algebra.h"
#include "features/aggregations/value_order.h"

namespace gnomon {

template <class Key>
struct RankedEvents {
  std::vector<Key> keys;         // distinct, ascending
  std::vector<int32_t> rank_of;  // by event; of null events unspecified

  size_t size() const { return keys.size(); }
};

// `key_of(value)`: int32_t, or a value in distinct_form. Keys of strings point into the events. REQUIRES: fewer than 2^31 events.
template <class Value, class KeyOf>
auto rank_events(const Events& events, const KeyOf& key_of) {
  using Key = decltype(key_of(Value{}));
  struct Keyed {
    Key key;
    int32_t event;
  };
  GN_ASSERT(events.count <= INT32_MAX);
  const EventReader<Value> reader(events);
  std::vector<Keyed> sorted;
  sorted.reserve(static_cast<size_t>(events.count));
  for (int64_t at = 0; at < events.count; ++at) {
    if (reader.valid(at)) sorted.push_back({key_of(reader.value(at)), static_cast<int32_t>(at)});
  }
  std::sort(sorted.begin(), sorted.end(), [](const Keyed& a, const Keyed& b) { return value_less(a.key, b.key); });
  RankedEvents<Key> ranked;
  ranked.rank_of.resize(static_cast<size_t>(events.count));
  for (const Keyed& keyed : sorted) {
    if (ranked.keys.empty() || !value_equal(ranked.keys.back(), keyed.key)) ranked.keys.push_back(keyed.key);
    ranked.rank_of[static_cast<size_t>(keyed.event)] = static_cast<int32_t>(ranked.keys.size() - 1);
  }
  return ranked;
}

template <class Value>
RankedEvents<Value> rank_values(const Events& events) {
  return rank_events<Value>(events, [](Value value) { return distinct_form(value); });
}

}  // namespace gnomon
