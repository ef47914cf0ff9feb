// HyperLogLog with 4096 registers: how many different values were seen, to a standard error of 1.04 / sqrt(4096) = 1.63 %.
//
// Flajolet et al., "HyperLogLog", 2007, with the improved raw estimator of Ertl, "New cardinality estimation algorithms for
// HyperLogLog sketches", 2017, section 2.4 and algorithm 6: it needs neither thresholds nor corrections for small counts, and
// reads the registers only through how many hold each rank, so no order can matter. Its float arithmetic is fixed: no sum of
// products whose fusing could change a bit.
// Thread-safety: pure functions; a sketch belongs to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gnomon/status.h"

namespace gnomon {

inline constexpr int kRegisterBits = 12;
inline constexpr int kRegisters = 1 << kRegisterBits;
inline constexpr int kGreatestRank = 64 - kRegisterBits + 1;

// A register and the rank that a value raises it to, as one number: register * 64 + rank, rank in [1, kGreatestRank].
using RegisterRank = int32_t;
RegisterRank register_rank(int64_t value);
RegisterRank register_rank(double value);  // of its distinct_form
RegisterRank register_rank(std::string_view value);
inline int register_of(RegisterRank at) { return at / 64; }
inline int rank_of(RegisterRank at) { return at % 64; }

// How many registers hold each rank; 0: none yet.
using RankCounts = std::array<int32_t, kGreatestRank + 1>;
int64_t estimate_distinct(const RankCounts& counts);

// Few registers are a sorted list, many an array of all.
//   bytes: uint16 registers that are set, then each as int32 RegisterRank, ascending; above kMostListed: 4096 bytes of ranks
class HyperLogLog {
 public:
  void add(RegisterRank at);
  void merge(const HyperLogLog& other);
  RankCounts rank_counts() const;
  void encode(std::string* out) const;
  // Into an empty sketch. ERRORS: GN220, naming `state_id`.
  Status decode(std::string_view bytes, const std::string& state_id);

 private:
  static constexpr size_t kMostListed = 768;  // 3 KiB

  void spread();  // from list to array

  std::vector<RegisterRank> listed_;  // ascending, one a register
  std::vector<uint8_t> ranks_;        // by register; empty while listed_ is used
};

}  // namespace gnomon
