#include "stores/stored_versions.h"

namespace gnomon {
namespace {

using Space = OrderedMap::Space;

}  // namespace

StoredVersions::StoredVersions(const OrderedMap& map, const ViewState& view)
    : view_(view),
      view_prefix_(view.prefix()),
      cursor_(map.cursor(Space::kRows, OrderedMap::Reach::kWholeSpace)),
      key_(view_prefix_) {}

bool StoredVersions::seek(std::string_view entity) {
  set_entity(entity);
  cursor_->seek(key_);
  return is_at_one();
}

bool StoredVersions::advance_to(std::string_view entity) {
  set_entity(entity);
  cursor_->advance_to(key_);
  return is_at_one();
}

std::string_view StoredVersions::entity() const {
  const std::string_view key = cursor_->key();
  return key.substr(view_prefix_.size(), key.size() - view_prefix_.size() - kVersionKeyBytes);
}

VersionTimes StoredVersions::newest() const { return parse_version_key(cursor_->key()); }

Status StoredVersions::take(std::string_view entity, std::vector<Version>* versions) {
  set_entity(entity);
  // Copied, since the cursor moves on.
  bytes_.clear();
  ends_.clear();
  while (cursor_->valid() && cursor_->key().starts_with(key_)) {
    bytes_ += cursor_->key();
    bytes_ += cursor_->value();
    ends_.push_back(bytes_.size());
    cursor_->next();
  }
  size_t start = 0;
  for (size_t end : ends_) {
    const std::string_view key = std::string_view(bytes_).substr(start, key_.size() + kVersionKeyBytes);
    const std::string_view value = std::string_view(bytes_).substr(start + key.size(), end - start - key.size());
    GN_ASSIGN(VersionValue parsed, parse_version_value(key, value, view_.fingerprint));
    const VersionTimes times = parse_version_key(key);
    versions->push_back({times, visible_from(times, view_.serving_lag_us), parsed, true});
    start = end;
  }
  return Status();
}

void StoredVersions::put(std::string_view entity, const MergedVersions& merged, OrderedMap::Changes* changes) {
  // Removals first: a kept version may take the very key of a dropped one.
  for (const Version& version : merged.dropped) remove(entity, version.times, changes);
  set_entity(entity);
  const size_t prefix_bytes = key_.size();
  for (const Version& version : merged.kept) {
    if (version.is_stored) continue;
    set_version(prefix_bytes, version.times);
    value_.clear();
    append_version_value(key_, view_.fingerprint, version.value, &value_);
    changes->put(Space::kRows, key_, value_);
  }
}

void StoredVersions::remove(std::string_view entity, const VersionTimes& times, OrderedMap::Changes* changes) {
  set_entity(entity);
  set_version(key_.size(), times);
  changes->remove(Space::kRows, key_);
}

}  // namespace gnomon
