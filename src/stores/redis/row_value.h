// All that Redis keeps of an entity's rows in one view: its versions in their ranking, greatest first (version_merge.h).
//
//   format u8 = 1 | stamp u64 | versions: version key (version_record.h) | size u32 | version value, its checksum over Redis's key and
//   the version key
//
// The stamp is drawn anew for every write, so that a swap can tell whether the value is still the one that was read.
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stores/version_merge.h"

namespace gnomon {

inline constexpr size_t kRowStampBytes = 8;

// The stamp's bytes; empty for an empty value, which stands for no key.
std::string_view row_stamp(std::string_view value);

void begin_row_value(uint64_t stamp, std::string* value);
void append_row_version(std::string_view key, uint64_t fingerprint, const Version& version, std::string* value);

// Walks the versions of a value. They point into it.
class RowVersions {
 public:
  RowVersions(std::string_view key, std::string_view value, uint64_t fingerprint, TimeUs serving_lag_us)
      : key_(key), rest_(value), fingerprint_(fingerprint), serving_lag_us_(serving_lag_us) {}

  // False at the end. ERRORS: GN511 for a version that is not as it was written.
  Result<bool> next(Version* version);

 private:
  std::string key_;  // then the version key at hand
  std::string_view rest_;
  uint64_t fingerprint_;
  TimeUs serving_lag_us_;
  size_t key_bytes_ = key_.size();
  bool is_begun_ = false;
};

}  // namespace gnomon
