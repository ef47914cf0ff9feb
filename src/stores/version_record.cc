#include "stores/version_record.h"

#include <fmt/format.h>

#include "stores/entry_checksum.h"
#include "stores/sorted_bytes.h"
#include "stores/value_bytes.h"

namespace gnomon {
namespace {

constexpr char kFormat = 1;
constexpr char kHasDroppedFrom = 1;  // flag
constexpr char kCreated = 0;         // sorts before kNotCreated
constexpr char kNotCreated = 1;
constexpr size_t kHeaderBytes = 1 + 8 + 1;
constexpr size_t kChecksumBytes = 4;

void append_newest_first(TimeUs time, std::string* key) {
  char bytes[8];
  store_big(bytes, ~(static_cast<uint64_t>(time) ^ kSignBit64));
  key->append(bytes, sizeof bytes);
}

TimeUs parse_newest_first(const char* from) { return static_cast<TimeUs>(~load_big<uint64_t>(from) ^ kSignBit64); }

template <class Word>
void append_little(Word word, std::string* to) {
  char bytes[sizeof(Word)];
  store_little(bytes, word);
  to->append(bytes, sizeof bytes);
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (char byte : bytes) text += fmt::format("{:02x}", static_cast<uint8_t>(byte));
  return text;
}

Status corrupt(std::string_view key, const char* what) {
  return Status(Code::kDataLoss, "GN511", fmt::format("the online store's row {} is corrupt: {}", hex(key), what),
                "Nothing of it was served. Drop the store's folder and materialize again");
}

}  // namespace

TimeUs add_times(TimeUs a, TimeUs b) {
  TimeUs sum;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b > 0 ? std::numeric_limits<TimeUs>::max() : std::numeric_limits<TimeUs>::min();
}

TimeUs subtract_times(TimeUs a, TimeUs b) {
  TimeUs difference;
  if (!__builtin_sub_overflow(a, b, &difference)) return difference;
  return b < 0 ? std::numeric_limits<TimeUs>::max() : std::numeric_limits<TimeUs>::min();
}

TimeUs visible_from(const VersionTimes& times, TimeUs serving_lag_us) {
  return std::max(times.event_time, add_times(times.known_at, serving_lag_us));
}

void append_version_key(const VersionTimes& times, std::string* key) {
  append_newest_first(times.event_time, key);
  key->push_back(times.created_time ? kCreated : kNotCreated);
  append_newest_first(times.created_time.value_or(0), key);
  append_newest_first(times.known_at, key);
}

VersionTimes parse_version_key(std::string_view key) {
  const char* from = key.data() + key.size() - kVersionKeyBytes;
  VersionTimes times;
  times.event_time = parse_newest_first(from);
  if (from[8] == kCreated) times.created_time = parse_newest_first(from + 9);
  times.known_at = parse_newest_first(from + 17);
  return times;
}

void append_version_value(std::string_view key, uint64_t fingerprint, const VersionValue& version, std::string* value) {
  size_t start = value->size();
  bool has_dropped_from = version.dropped_from != kNothingDropped;
  value->push_back(kFormat);
  append_little(fingerprint, value);
  value->push_back(has_dropped_from ? kHasDroppedFrom : 0);
  if (has_dropped_from) append_little(version.dropped_from, value);
  value->append(version.features);
  append_little(entry_checksum(key, std::string_view(*value).substr(start)), value);
}

Result<VersionValue> parse_version_value(std::string_view key, std::string_view value, uint64_t fingerprint) {
  if (value.size() < kHeaderBytes + kChecksumBytes) return corrupt(key, "it is cut short");
  std::string_view covered = value.substr(0, value.size() - kChecksumBytes);
  if (load_little<uint32_t>(value.data() + covered.size()) != entry_checksum(key, covered))
    return corrupt(key, "its checksum does not match");
  if (covered[0] != kFormat) return corrupt(key, "its format is unknown");
  if (load_little<uint64_t>(covered.data() + 1) != fingerprint) return corrupt(key, "it has the schema of another view");
  VersionValue version;
  size_t at = kHeaderBytes;
  if ((covered[kHeaderBytes - 1] & kHasDroppedFrom) != 0) {
    if (covered.size() < at + sizeof(TimeUs)) return corrupt(key, "it is cut short");
    version.dropped_from = load_little<TimeUs>(covered.data() + at);
    at += sizeof(TimeUs);
  }
  version.features = covered.substr(at);
  return version;
}

}  // namespace gnomon
