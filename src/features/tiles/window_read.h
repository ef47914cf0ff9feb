// WindowRead: the values of windowed features of one entity after another as of a time t, from the records of a state.
//
// [begin, end) is covered by the coarsest tiles that lie in it and hold nothing that is not visible yet; where one does not, its
// parts are looked at, down to single events. All features are answered in one pass from the newest record to the oldest; every
// record is read and decoded once, and none that no window needs. The cost is the number of tiles, whatever they hold, where states are
// of constant size.
// Thread-safety: one thread; make one for each.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "features/tiles/kept_tiles.h"
#include "features/tiles/record_list.h"
#include "features/tiles/state_layout.h"
#include "features/tiles/tile_builder.h"
#include "features/tiles/window_explanation.h"
#include "features/tiles/window_feature.h"
#include "features/tiles/window_lane.h"
#include "gnomon/status.h"

namespace gnomon {

class WindowRead {
 public:
  // REQUIRES: layout and kernels outlive it.
  WindowRead(const StateLayout& layout, std::vector<WindowFeature> features);

  // Says as of when the next entities are read. ERRORS: GN153.
  Status set_time(TimeUs t);

  // What read() will scan of an entity, whatever its records say, so that a store across a network can fetch it in advance: a tile
  // that holds events which cannot be seen yet, or more than a few of last(n), makes it look further. REQUIRES: set_time.
  std::vector<RecordRange> reach() const;

  // Appends one result to columns[i], and sets newest[i] to the newest counted event's time or kNoEvent, for each feature i.
  // No record, empty windows. After an error the columns have got their place too, and what is in it means nothing.
  // `kept`: what is remembered of the entity, and will be; null: nothing.
  // REQUIRES: set_time; `scan` and `kept` see one state of the records during the call, and no scan begins before another ends.
  // ERRORS: GN220 for damaged records; those of the scan.
  Status read(const RecordScan& scan, std::span<ResultColumn> columns, std::span<TimeUs> newest, const OwnEvent& own = {},
              KeptEntity* kept = nullptr);

  // The spans of the features at the time set.
  const std::vector<WindowSpan>& spans() const { return spans_; }

 private:
  friend Result<WindowExplanation> explain_window(const StateLayout&, const WindowFeature&, TimeUs, const RecordScan&);
  using Lanes = std::vector<WindowLane*>;

  Status read_all(const RecordScan& scan, const WindowAnswers& answers);
  Status read_lanes(const RecordScan& scan, const Lanes& lanes, const WindowAnswers& answers);
  // Visits the records of `level` that start in [from, to), newest first.
  Status walk(const RecordScan& scan, uint8_t level, TimeUs from, TimeUs to, const Lanes& lanes,
              const WindowAnswers& answers);
  Status walk_events(const RecordScan& scan, uint8_t level, TimeUs from, TimeUs to, const Lanes& lanes,
                     const WindowAnswers& answers);
  // The same for lanes that read tiles, block by block.
  Status walk_blocks(const RecordScan& scan, uint8_t level, TimeUs from, TimeUs to, const Lanes& lanes,
                     const WindowAnswers& answers);
  Status visit_block(const RecordScan& scan, const TileBlock& block, size_t first, size_t end, const Lanes& lanes,
                     const WindowAnswers& answers);
  // Takes the longest run of the block's records that ends before `end` and that all lanes take whole. How many records; 0 if there is
  // none, and then `alone` is how many are to be visited one by one before there may be one again.
  Result<size_t> take_run(const TileBlock& block, size_t first, size_t end, const Lanes& lanes, const WindowAnswers& answers,
                          size_t* alone);
  Status visit(const RecordScan& scan, uint8_t level, TimeUs start, std::string_view bytes, const Lanes& lanes,
               const WindowAnswers& answers);
  Status visit_tile(const RecordScan& scan, uint8_t level, const Tile& tile, std::string_view bytes, const Lanes& lanes,
                    const WindowAnswers& answers);

  const StateLayout& layout_;
  std::vector<WindowFeature> features_;
  std::vector<WindowSpan> spans_;  // by feature
  std::vector<std::unique_ptr<WindowLane>> lanes_;
  std::vector<int> a_feature_of_;    // by lane: the first
  Lanes by_hash_;                    // all, by ascending hash of their base aggregate
  Lanes of_tiles_, of_events_;       // the same in two parts: those of last(n) read no tiles
  std::vector<RecordList> records_;  // by level
  std::vector<Lanes> below_;         // by level: the lanes that need the parts of the record at hand
  KeptEntity* kept_ = nullptr;       // during a read
  EventBatch batch_;
};

// What makes the value of one feature. ERRORS: as WindowRead.
Result<WindowExplanation> explain_window(const StateLayout& layout, const WindowFeature& feature, TimeUs t,
                                         const RecordScan& scan);

}  // namespace gnomon
