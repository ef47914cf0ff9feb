#include "stores/redis/row_value.h"

#include "stores/value_bytes.h"

namespace gnomon {
namespace {

constexpr char kFormat = 1;
constexpr size_t kHeaderBytes = 1 + kRowStampBytes;
constexpr size_t kSizeBytes = 4;

Status corrupt(std::string_view what) {
  return Status(Code::kDataLoss, "GN511", "a row of the online store in Redis is corrupt: " + std::string(what),
                "Nothing of it was served. Drop the view's online rows and materialize it again");
}

}  // namespace

std::string_view row_stamp(std::string_view value) {
  return value.size() < kHeaderBytes ? std::string_view() : value.substr(1, kRowStampBytes);
}

void begin_row_value(uint64_t stamp, std::string* value) {
  value->assign(kHeaderBytes, kFormat);
  store_little(value->data() + 1, stamp);
}

void append_row_version(std::string_view key, uint64_t fingerprint, const Version& version, std::string* value) {
  std::string whole_key(key);
  append_version_key(version.times, &whole_key);
  value->append(std::string_view(whole_key).substr(key.size()));
  const size_t size_at = value->size();
  value->resize(size_at + kSizeBytes);
  append_version_value(whole_key, fingerprint, version.value, value);
  store_little(value->data() + size_at, static_cast<uint32_t>(value->size() - size_at - kSizeBytes));
}

Result<bool> RowVersions::next(Version* version) {
  if (!is_begun_) {
    if (rest_.size() < kHeaderBytes || rest_[0] != kFormat) return corrupt("its format is unknown");
    rest_.remove_prefix(kHeaderBytes);
    is_begun_ = true;
  }
  if (rest_.empty()) return false;
  if (rest_.size() < kVersionKeyBytes + kSizeBytes) return corrupt("it is cut short");
  key_.resize(key_bytes_);
  key_.append(rest_.substr(0, kVersionKeyBytes));
  const size_t size = load_little<uint32_t>(rest_.data() + kVersionKeyBytes);
  rest_.remove_prefix(kVersionKeyBytes + kSizeBytes);
  if (rest_.size() < size) return corrupt("it is cut short");
  version->times = parse_version_key(key_);
  version->visible_from = visible_from(version->times, serving_lag_us_);
  version->is_stored = true;
  GN_ASSIGN(version->value, parse_version_value(key_, rest_.substr(0, size), fingerprint_));
  rest_.remove_prefix(size);
  return true;
}

}  // namespace gnomon
