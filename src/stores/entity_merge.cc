#include "stores/entity_merge.h"

#include "stores/incoming_versions.h"
#include "stores/stored_versions.h"

namespace gnomon {
namespace {

constexpr size_t kEntitiesPerChunk = IncomingVersions::kEntitiesPerChunk;

class EntityMerger {
 public:
  EntityMerger(const OrderedMap& map, const ViewState& view, const IncomingRows& rows, const IncomingEntities& entities,
               std::optional<TimeUs> cutoff, OrderedMap::Changes* changes)
      : entities_(entities),
        cutoff_(cutoff),
        changes_(changes),
        incoming_(view, rows, entities),
        order_(view.codec),
        stored_(map, view) {}

  Status merge_all() {
    stored_.seek("");
    for (size_t start = 0; start < entities_.size(); start += kEntitiesPerChunk) {
      size_t end = std::min(start + kEntitiesPerChunk, entities_.size());
      incoming_.encode(start, end);
      for (size_t i = start; i < end; ++i) GN_TRY(merge_one(entities_[i]));
    }
    GN_TRY(stored_.status());
    return order_.status();
  }

 private:
  Status merge_one(const IncomingEntity& entity) {
    const std::string_view key = entities_.key(entity);
    versions_.clear();
    incoming_.append_next(entity, &versions_);
    stored_.advance_to(key);
    GN_TRY(stored_.take(key, &versions_));
    merge_versions(&versions_, cutoff_, &order_, &merged_);
    stored_.put(key, merged_, changes_);
    return Status();
  }

  const IncomingEntities& entities_;
  std::optional<TimeUs> cutoff_;
  OrderedMap::Changes* changes_;
  IncomingVersions incoming_;
  EncodedContentOrder order_;
  StoredVersions stored_;

  // Reused from entity to entity.
  std::vector<Version> versions_;
  MergedVersions merged_;
};

}  // namespace

Status merge_entities(const OrderedMap& map, const ViewState& view, const IncomingRows& rows,
                      const IncomingEntities& entities, std::optional<TimeUs> cutoff, OrderedMap::Changes* changes) {
  return EntityMerger(map, view, rows, entities, cutoff, changes).merge_all();
}

}  // namespace gnomon
