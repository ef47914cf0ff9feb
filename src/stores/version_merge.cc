#include "stores/version_merge.h"

#include <algorithm>
#include <array>
#include <numeric>

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "data/content_order.h"

namespace gnomon {
namespace {

int three_way(TimeUs a, TimeUs b) { return a < b ? -1 : a > b ? 1 : 0; }

bool ranks_before(const Version& a, const Version& b, EncodedContentOrder* order) {
  int by_times = compare_times(a.times, b.times);
  if (by_times != 0) return by_times > 0;
  int by_content = order->compare(a.value.features, b.value.features);
  if (by_content != 0) return by_content > 0;
  if (a.times.known_at != b.times.known_at) return a.times.known_at < b.times.known_at;
  return a.is_stored && !b.is_stored;  // of equals the stored one stays, so that a replay writes nothing
}

}  // namespace

int compare_times(const VersionTimes& a, const VersionTimes& b) {
  if (a.event_time != b.event_time) return three_way(a.event_time, b.event_time);
  if (a.created_time.has_value() != b.created_time.has_value()) return a.created_time.has_value() ? 1 : -1;
  return a.created_time.has_value() ? three_way(*a.created_time, *b.created_time) : 0;
}

EncodedContentOrder::EncodedContentOrder(const RowCodec& codec)
    : codec_(codec), columns_(static_cast<size_t>(codec.features()->num_fields())) {
  std::iota(columns_.begin(), columns_.end(), 0);
}

int EncodedContentOrder::compare(std::string_view a, std::string_view b) {
  if (a == b) return 0;
  std::array<std::string_view, 2> rows = {a, b};
  Result<std::shared_ptr<arrow::RecordBatch>> decoded = codec_.decode(rows);
  if (!decoded.ok()) {
    status_ = decoded.status();
    return a.compare(b);
  }
  return compare_content(**decoded, 0, **decoded, 1, columns_);
}

void merge_versions(std::vector<Version>* versions, std::optional<TimeUs> cutoff, EncodedContentOrder* order,
                    MergedVersions* out) {
  out->kept.clear();
  out->dropped.clear();
  if (versions->size() > 1) {
    std::sort(versions->begin(), versions->end(),
              [order](const Version& a, const Version& b) { return ranks_before(a, b, order); });
  }
  TimeUs dropped_from = kNothingDropped;
  bool below_floor = false;
  for (const Version& version : *versions) {
    bool is_mark = version.value.dropped_from != kNothingDropped;
    dropped_from = std::min(dropped_from, version.value.dropped_from);
    // Kept versions of the same times have ever earlier known_at, so the last of them decides.
    bool is_useless = !out->kept.empty() && compare_times(out->kept.back().times, version.times) == 0 &&
                      out->kept.back().times.known_at <= version.times.known_at;
    if (below_floor) dropped_from = std::min(dropped_from, version.visible_from);
    if (!below_floor && !is_useless) {
      out->kept.push_back(version);
    } else if (version.is_stored) {
      out->dropped.push_back(version);
    }
    below_floor = below_floor || is_mark || (cutoff && version.visible_from <= *cutoff);
  }
  for (Version& version : out->kept) {
    bool is_least = &version == &out->kept.back();
    // From when the least kept version is visible on, nobody can miss what lies below it.
    TimeUs mark = is_least && dropped_from < version.visible_from ? dropped_from : kNothingDropped;
    if (mark != version.value.dropped_from) version.is_stored = false;
    version.value.dropped_from = mark;
  }
}

}  // namespace gnomon
