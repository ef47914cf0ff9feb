// The rows of one write as versions, entity by entity: what a store merges into what it holds.
// Thread-safety: used by one thread.
#pragma once

#include <vector>

#include "stores/incoming_rows.h"
#include "stores/version_merge.h"
#include "stores/view_state.h"

namespace gnomon {

class IncomingVersions {
 public:
  static constexpr size_t kEntitiesPerChunk = 1024;  // encoded together, column by column

  // REQUIRES: all three outlive it.
  IncomingVersions(const ViewState& view, const IncomingRows& rows, const IncomingEntities& entities)
      : view_(view), rows_(rows), entities_(entities), readers_(rows.feature_readers(view.codec)) {}

  // Encodes the rows of entities [begin, end), which append_next() hands out next.
  void encode(size_t begin, size_t end) {
    chunk_rows_.clear();
    for (size_t i = begin; i < end; ++i)
      for_each_row(entities_[i], [this](RowRef row, TimeUs) { chunk_rows_.push_back(row); });
    view_.codec.encode(readers_, chunk_rows_, &chunk_features_);
    next_ = 0;
  }

  // Appends the versions of `entity`; their bytes live until the next encode(). REQUIRES: entities come in the order encoded.
  void append_next(const IncomingEntity& entity, std::vector<Version>* versions) {
    for_each_row(entity, [this, versions](RowRef from, TimeUs dropped_from) {
      VersionTimes times = rows_.times(from);
      versions->push_back(
          {times, visible_from(times, view_.serving_lag_us), {chunk_features_[next_++], dropped_from}, false});
    });
  }

 private:
  // Row by row of an entity, the floor first: encode and append_next walk alike.
  template <class Fn>
  void for_each_row(const IncomingEntity& entity, Fn fn) const {
    if (entity.has_floor) fn(entity.floor, entity.dropped_from);
    for (uint32_t i = entity.first_later; i != IncomingEntity::kNone; i = entities_.later(i).next)
      fn(entities_.later(i).row, kNothingDropped);
  }

  const ViewState& view_;
  const IncomingRows& rows_;
  const IncomingEntities& entities_;
  std::vector<FeatureReaders> readers_;
  std::vector<RowRef> chunk_rows_;  // reused from chunk to chunk
  PackedBytes chunk_features_;
  size_t next_ = 0;
};

}  // namespace gnomon
