#include "features/aggregations/hyperloglog.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/hash.h"
#include "features/aggregations/state_bytes.h"
#include "features/aggregations/value_order.h"

namespace gnomon {
namespace {

RegisterRank register_rank_of_hash(uint64_t hash) {
  const auto place = static_cast<RegisterRank>(hash >> (64 - kRegisterBits));
  const int rank = std::min(std::countl_zero(hash << kRegisterBits) + 1, kGreatestRank);
  return place * 64 + rank;
}

template <class Number>
RegisterRank register_rank_of_number(Number value) {
  std::string bytes;
  put(value, &bytes);
  return register_rank_of_hash(hash64(bytes));
}

// Ertl 2017, equations 10 and 14: sums of powers that converge in a few dozen steps.
double sigma(double x) {
  if (x == 1) return std::numeric_limits<double>::infinity();
  double y = 1;
  double z = x;
  for (double before = -1; before != z; y += y) {
    x *= x;
    before = z;
    z += x * y;
  }
  return z;
}

double tau(double x) {
  if (x == 0 || x == 1) return 0;
  double y = 1;
  double z = 1 - x;
  for (double before = -1; before != z;) {
    x = std::sqrt(x);
    before = z;
    y *= 0.5;
    const double rest = (1 - x) * (1 - x);
    z -= rest * y;  // y is a power of two: the product is exact
  }
  return z / 3;
}

}  // namespace

RegisterRank register_rank(int64_t value) { return register_rank_of_number(value); }
RegisterRank register_rank(double value) { return register_rank_of_number(distinct_form(value)); }
RegisterRank register_rank(std::string_view value) { return register_rank_of_hash(hash64(value)); }

int64_t estimate_distinct(const RankCounts& counts) {
  constexpr double kAll = kRegisters;
  if (counts[0] == kRegisters) return 0;
  double z = kAll * tau(1 - counts[kGreatestRank] / kAll);
  for (int rank = kGreatestRank - 1; rank >= 1; --rank) z = 0.5 * (z + counts[static_cast<size_t>(rank)]);
  z += kAll * sigma(counts[0] / kAll);
  constexpr double kAlpha = 0.7213475204444817;  // 1 / (2 ln 2)
  const double estimate = kAlpha * kAll * kAll / z;
  return estimate < 0x1p62 ? static_cast<int64_t>(std::floor(estimate + 0.5)) : int64_t{1} << 62;
}

void HyperLogLog::add(RegisterRank at) {
  if (!ranks_.empty()) {
    uint8_t& rank = ranks_[static_cast<size_t>(register_of(at))];
    rank = std::max(rank, static_cast<uint8_t>(rank_of(at)));
    return;
  }
  auto place = std::lower_bound(listed_.begin(), listed_.end(), at - rank_of(at));
  if (place != listed_.end() && register_of(*place) == register_of(at)) {
    *place = std::max(*place, at);
    return;
  }
  listed_.insert(place, at);
  if (listed_.size() > kMostListed) spread();
}

void HyperLogLog::spread() {
  ranks_.assign(kRegisters, 0);
  for (RegisterRank at : listed_) ranks_[static_cast<size_t>(register_of(at))] = static_cast<uint8_t>(rank_of(at));
  listed_ = {};
}

void HyperLogLog::merge(const HyperLogLog& other) {
  for (RegisterRank at : other.listed_) add(at);
  if (other.ranks_.empty()) return;
  if (ranks_.empty()) spread();
  for (size_t place = 0; place < ranks_.size(); ++place) ranks_[place] = std::max(ranks_[place], other.ranks_[place]);
}

RankCounts HyperLogLog::rank_counts() const {
  RankCounts counts{};
  for (uint8_t rank : ranks_) ++counts[rank];
  for (RegisterRank at : listed_) ++counts[static_cast<size_t>(rank_of(at))];
  if (ranks_.empty()) counts[0] = kRegisters - static_cast<int32_t>(listed_.size());
  return counts;
}

void HyperLogLog::encode(std::string* out) const {
  const auto is_set =
      ranks_.empty() ? static_cast<int64_t>(listed_.size()) : kRegisters - std::count(ranks_.begin(), ranks_.end(), 0);
  put(static_cast<uint16_t>(is_set), out);
  for (RegisterRank at : listed_) put(at, out);
  out->append(ranks_.begin(), ranks_.end());
}

Status HyperLogLog::decode(std::string_view bytes, const std::string& state_id) {
  StateReader reader(bytes);
  uint16_t is_set = 0;
  if (!reader.read(&is_set) || is_set > kRegisters) return damaged_state(state_id, "its number of registers");
  if (is_set > kMostListed) {
    if (reader.remaining() != kRegisters) return damaged_state(state_id, "the size of its registers");
    bytes.remove_prefix(sizeof is_set);
    ranks_.assign(bytes.begin(), bytes.end());
    const bool known = std::all_of(ranks_.begin(), ranks_.end(), [](uint8_t rank) { return rank <= kGreatestRank; });
    if (known && kRegisters - std::count(ranks_.begin(), ranks_.end(), 0) == is_set) return Status();
    return damaged_state(state_id, "its registers");
  }
  if (reader.remaining() != is_set * sizeof(RegisterRank))
    return damaged_state(state_id, "the size of its list of registers");
  for (RegisterRank at = 0; reader.read(&at); listed_.push_back(at)) {
    const bool known = at >= 0 && register_of(at) < kRegisters && rank_of(at) >= 1 && rank_of(at) <= kGreatestRank;
    if (!known || (!listed_.empty() && register_of(listed_.back()) >= register_of(at)))
      return damaged_state(state_id, "its list of registers");
  }
  return Status();
}

}  // namespace gnomon
