// What an embedded store keeps of one entity. It is the whole of "newest wins" and of retention, over plain values.
//
// Versions are ranked by (event_time, created_time, content, then the earlier known_at). Of them are kept:
//   * none that a greater one makes useless at every instant: equal times, and known no later;
//   * with a cutoff c (now - as_of_retention): the greatest version visible at c (the floor) and all greater ones. A read
//     at t >= c can answer with no other.
// What is kept therefore lies above what was dropped, and a read before the floor became visible either finds a kept
// version, and that is the answer, or needs to know whether a dropped one was visible. So the least kept version
// carries the instant from which one was (dropped_from), and no version below such a mark is ever taken in again.
// Among kept versions of equal event_time and created_time, the greater content has the later known_at: the store's key
// order (times, latest known_at first) is the ranking, and the first visible version is the answer.
// Thread-safety: used by one thread.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "stores/row_codec.h"
#include "stores/version_record.h"

namespace gnomon {

struct Version {
  VersionTimes times;
  TimeUs visible_from = 0;
  VersionValue value;
  bool is_stored = false;  // it is in the store as it is here
};

// The order of encoded rows by content.
class EncodedContentOrder {
 public:
  explicit EncodedContentOrder(const RowCodec& codec);
  // < 0, 0, > 0. After a row that does not decode the order is arbitrary and status() says why.
  int compare(std::string_view a, std::string_view b);
  const Status& status() const { return status_; }

 private:
  const RowCodec& codec_;
  std::vector<int> columns_;
  Status status_;
};

// Compares times only: > 0 if `a` is the newer fact.
int compare_times(const VersionTimes& a, const VersionTimes& b);

struct MergedVersions {
  std::vector<Version> kept;     // greatest first; those that differ from the store have is_stored = false
  std::vector<Version> dropped;  // of those that are stored
};

// `versions`: stored and incoming ones in any order; it is left sorted. No cutoff: every version is asked for.
void merge_versions(std::vector<Version>* versions, std::optional<TimeUs> cutoff, EncodedContentOrder* order,
                    MergedVersions* out);

}  // namespace gnomon
