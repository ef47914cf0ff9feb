// WindowLane: one accumulator on its way through an entity's events from the newest to the oldest, answering one window after
// another as it passes their begins. Windows that end at the same time and are read from one base aggregate share a lane.
//
//        begin of 30 d          begin of 7 d       begin of 1 h   end
//   ──────────┼─────────────────────┼───────────────────┼──────────│
//             answer  ◀──────────── answer ◀──────────── answer ◀──
//
// A lane of last(n) counts events instead and answers when it has n, or at the end.
// Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "features/tiles/state_events.h"
#include "features/tiles/tile_layout.h"
#include "features/tiles/window_explanation.h"
#include "features/tiles/window_feature.h"

namespace gnomon {

// Where the answers of one entity go: one place for each feature.
struct WindowAnswers {
  std::span<ResultColumn> columns;
  std::span<TimeUs> newest;
  WindowExplanation* explanation = nullptr;  // null: nobody asked
  OwnEvent own{};
};

class WindowLane {
 public:
  WindowLane(const StateLayout& layout, const WindowFeature& feature);

  // Whether `feature` can be answered on the way.
  bool takes(const WindowFeature& feature) const;
  // REQUIRES: takes(feature), or it is what the lane was made for.
  void add(int index, const WindowFeature& feature) { asks_.push_back({index, feature.kernel, 0, feature.include_request}); }
  // `begin_of(index)`: where the window of each feature begins.
  template <class BeginOf>
  void set_times(const WindowSpan& span, const BeginOf& begin_of) {
    as_of_ = span.as_of;
    end_ = span.end;
    for (Ask& ask : asks_) ask.begin = begin_of(ask.feature);
    sort_asks();
  }

  bool reads_tiles() const { return last_n_ == 0; }
  uint64_t hash() const { return hash_; }
  TimeUs end() const { return end_; }
  TimeUs oldest() const { return asks_.back().begin; }
  TimeUs as_of() const { return as_of_; }
  int64_t last_n() const { return last_n_; }  // 0: it reads tiles
  // Calls use() with where each window begins, the latest first.
  template <class Use>
  void for_begins(const Use& use) const {
    for (const Ask& ask : asks_) use(ask.begin);
  }
  bool is_done() const { return next_ == asks_.size(); }

  void start_entity(const OwnEvent& own);
  // Whether the events of `tile`, the newest of those left, may be taken as a whole. Answers what begins after them.
  bool takes_whole(const Tile& tile, TimeUs visible_from, const WindowAnswers& answers);
  // Answers what begins after `last`, the newest time of those left. Where the next window begins, INT64_MIN if there is none.
  TimeUs next_begin(TimeUs last, const WindowAnswers& answers);
  Status merge(std::string_view state) { return state_->merge(state); }
  // Takes what counts of these events, the newest of those left.
  void add_events(const StateEvents& events, const WindowAnswers& answers);
  // There is nothing older.
  void finish(const WindowAnswers& answers);

 private:
  struct Ask {
    int feature;
    const Kernel* kernel;
    TimeUs begin;
    bool include_request;
  };

  void sort_asks();
  void answer_next(const WindowAnswers& answers);
  void add_counted(const StateEvents& events, int64_t begin, int64_t end, WindowExplanation* explanation);
  void add_last(const StateEvents& events, int64_t end, const WindowAnswers& answers);
  void add_greatest(const StateEvents& events, int64_t begin, int64_t end, WindowExplanation* explanation);
  bool counts(const StateEvents& events, int64_t at) const;
  bool own_counts(const Ask& ask, const OwnEvent& own) const;

  int base_;
  int column_;
  int filter_;
  uint64_t hash_ = 0;
  int64_t offset_us_;
  int64_t resolution_us_;
  int64_t last_n_;
  std::unique_ptr<Accumulator> state_;
  std::vector<Ask> asks_;
  TimeUs as_of_ = 0;
  TimeUs end_ = 0;
  size_t next_ = 0;           // of asks_
  int64_t still_wanted_ = 0;  // of last(n)
};

}  // namespace gnomon
