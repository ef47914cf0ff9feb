// WindowPlan: how the windows that a request asks for are read from the state that a mark names. Making one costs more than reading an
// entity, and requests repeat: a view keeps the plans of late.
// Thread-safety: a WindowPlan is immutable, but for its pool of readers and what is kept; all methods may be called from any thread.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/window_state.h"
#include "features/aggregations/result_block.h"
#include "features/tiles/kept_tiles.h"
#include "features/tiles/window_read.h"
#include "gnomon/status.h"

namespace gnomon {

class WindowPlan {
 public:
  // `asked`: indices into the view's features. ERRORS: GN511 for a mark that is none.
  static Result<std::shared_ptr<WindowPlan>> make(const ViewDefinition& definition, const std::string& mark_text,
                                                  const std::vector<size_t>& asked);

  const std::optional<WindowMark>& mark() const { return mark_; }
  const std::string& name_space() const { return name_space_; }  // of the mark's generation; empty where there is no mark
  const StateLayout& layout() const { return layout_; }          // of the state, with the base aggregates of features()
  const std::vector<WindowFeature>& features() const { return features_; }  // that it can answer
  const std::vector<int>& feature_of() const { return feature_of_; }        // by asked feature: index into features(), or -1
  // Whether the state has every event that the window could hold.
  bool covers(const WindowSpan& span) const { return !mark_.has_value() || span.begin >= mark_->from; }

  // Whether its state still has what that of an `earlier` plan covered.
  bool has_what(const WindowPlan& earlier) const {
    if (this == &earlier) return true;
    return name_space_ == earlier.name_space_ && (!mark_.has_value() || mark_->from <= earlier.mark_->from);
  }

  // What reads features(), for one request at a time; it goes back to the plan by itself, which must outlive it.
  struct Reading {
    WindowRead windows;
    ResultBlock results;
  };
  struct GiveBack {
    const WindowPlan* plan;
    void operator()(Reading* reading) const;
  };
  using Lent = std::unique_ptr<Reading, GiveBack>;
  Lent lend() const;

  // What is remembered of entities; plans over one state share it. REQUIRES: set by WindowPlans.
  KeptTiles& kept() const { return *kept_; }

 private:
  friend class WindowPlans;
  class OlderLayout;

  std::optional<WindowMark> mark_;
  std::string name_space_;
  StateLayout layout_;
  std::vector<WindowFeature> features_;
  std::vector<int> feature_of_;
  std::shared_ptr<KeptTiles> kept_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Reading>> idle_;
};

// The plans of one view that were used last.
class WindowPlans {
 public:
  Result<std::shared_ptr<const WindowPlan>> get(const ViewDefinition& definition, const std::string& mark_text,
                                                const std::vector<size_t>& asked);

 private:
  static constexpr size_t kMostPlans = 16;
  std::shared_ptr<KeptTiles> kept_for(const WindowPlan& plan) const;
  struct Known {
    std::string mark_text;
    std::vector<size_t> asked;
    std::shared_ptr<const WindowPlan> plan;
  };
  std::mutex mutex_;
  std::vector<Known> known_;  // the oldest first
};

}  // namespace gnomon
