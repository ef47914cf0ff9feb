#include "stores/entity_merge.h"

#include "stores/incoming_versions.h"

namespace gnomon {
namespace {

using Space = OrderedMap::Space;

constexpr size_t kEntitiesPerChunk = IncomingVersions::kEntitiesPerChunk;

class EntityMerger {
 public:
  EntityMerger(const OrderedMap& map, const ViewState& view, const IncomingRows& rows, const IncomingEntities& entities,
               std::optional<TimeUs> cutoff, OrderedMap::Changes* changes)
      : view_(view),
        entities_(entities),
        cutoff_(cutoff),
        changes_(changes),
        incoming_(view, rows, entities),
        order_(view.codec),
        view_prefix_(view.prefix()),
        cursor_(map.cursor(Space::kRows, OrderedMap::Reach::kWholeSpace)) {}

  Status merge_all() {
    cursor_->seek(view_prefix_);
    for (size_t start = 0; start < entities_.size(); start += kEntitiesPerChunk) {
      size_t end = std::min(start + kEntitiesPerChunk, entities_.size());
      incoming_.encode(start, end);
      for (size_t i = start; i < end; ++i) GN_TRY(merge_one(entities_[i]));
    }
    GN_TRY(cursor_->status());
    return order_.status();
  }

 private:
  Status merge_one(const IncomingEntity& entity) {
    key_ = view_prefix_;
    key_ += entities_.key(entity);
    size_t prefix_bytes = key_.size();
    versions_.clear();
    incoming_.append_next(entity, &versions_);
    GN_TRY(read_stored(prefix_bytes));
    merge_versions(&versions_, cutoff_, &order_, &merged_);
    // Removals first: a kept version may take the very key of a dropped one.
    for (const Version& version : merged_.dropped) {
      set_key(prefix_bytes, version);
      changes_->remove(Space::kRows, key_);
    }
    for (const Version& version : merged_.kept) {
      if (version.is_stored) continue;
      set_key(prefix_bytes, version);
      value_.clear();
      append_version_value(key_, view_.fingerprint, version.value, &value_);
      changes_->put(Space::kRows, key_, value_);
    }
    return Status();
  }

  void set_key(size_t prefix_bytes, const Version& version) {
    key_.resize(prefix_bytes);
    append_version_key(version.times, &key_);
  }

  // Adds the stored versions of the entity whose prefix is in key_. Their bytes are copied, since the cursor moves on.
  Status read_stored(size_t prefix_bytes) {
    cursor_->advance_to(key_);
    stored_bytes_.clear();
    stored_ends_.clear();
    while (cursor_->valid() && cursor_->key().starts_with(key_)) {
      stored_bytes_ += cursor_->key();
      stored_bytes_ += cursor_->value();
      stored_ends_.push_back(stored_bytes_.size());
      cursor_->next();
    }
    size_t start = 0;
    for (size_t end : stored_ends_) {
      std::string_view key = std::string_view(stored_bytes_).substr(start, prefix_bytes + kVersionKeyBytes);
      std::string_view value = std::string_view(stored_bytes_).substr(start + key.size(), end - start - key.size());
      GN_ASSIGN(VersionValue parsed, parse_version_value(key, value, view_.fingerprint));
      VersionTimes times = parse_version_key(key);
      versions_.push_back({times, visible_from(times, view_.serving_lag_us), parsed, true});
      start = end;
    }
    return Status();
  }

  const ViewState& view_;
  const IncomingEntities& entities_;
  std::optional<TimeUs> cutoff_;
  OrderedMap::Changes* changes_;
  IncomingVersions incoming_;
  EncodedContentOrder order_;
  std::string view_prefix_;
  std::unique_ptr<OrderedMap::Cursor> cursor_;

  // Reused from entity to entity.
  std::vector<Version> versions_;
  MergedVersions merged_;
  std::string key_, value_, stored_bytes_;
  std::vector<size_t> stored_ends_;
};

}  // namespace

Status merge_entities(const OrderedMap& map, const ViewState& view, const IncomingRows& rows,
                      const IncomingEntities& entities, std::optional<TimeUs> cutoff, OrderedMap::Changes* changes) {
  return EntityMerger(map, view, rows, entities, cutoff, changes).merge_all();
}

}  // namespace gnomon
