// The versions of one entity after another, as they lie in an ordered map: read, and put back as they were merged.
// Thread-safety: used by one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "stores/ordered_map.h"
#include "stores/version_merge.h"
#include "stores/view_state.h"

namespace gnomon {

class StoredVersions {
 public:
  // REQUIRES: both outlive it. It sees the map as it is now.
  StoredVersions(const OrderedMap& map, const ViewState& view);

  // Goes to the first entity at or after `entity`, in the order of keys. False: there is none.
  bool seek(std::string_view entity);
  // The same, for one that lies ahead.
  bool advance_to(std::string_view entity);
  // Whether the cursor is at an entity of the view, and then at its newest version.
  bool is_at_one() const { return cursor_->valid() && cursor_->key().starts_with(view_prefix_); }
  // REQUIRES: is_at_one()
  std::string_view entity() const;
  VersionTimes newest() const;

  // Appends the versions of `entity`, if the cursor is at it, and passes over them. Their bytes live until the next call.
  // ERRORS: GN511 for a version that is not as it was written.
  Status take(std::string_view entity, std::vector<Version>* versions);

  // What turns the stored versions of `entity` into the merged ones.
  void put(std::string_view entity, const MergedVersions& merged, OrderedMap::Changes* changes);
  void remove(std::string_view entity, const VersionTimes& times, OrderedMap::Changes* changes);

  // Why there was no entity: ok at the end of the view.
  Status status() const { return cursor_->status(); }

 private:
  void set_entity(std::string_view entity) {
    key_.resize(view_prefix_.size());
    key_ += entity;
  }
  void set_version(size_t prefix_bytes, const VersionTimes& times) {
    key_.resize(prefix_bytes);
    append_version_key(times, &key_);
  }

  const ViewState& view_;
  std::string view_prefix_;
  std::unique_ptr<OrderedMap::Cursor> cursor_;

  // Reused from entity to entity.
  std::string key_, value_, bytes_;
  std::vector<size_t> ends_;  // in bytes_
};

}  // namespace gnomon
