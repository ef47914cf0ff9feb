// The answer for one view, collected key by key and decoded at the end.
// Thread-safety: used by one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gnomon/online_store.h"
#include "stores/row_codec.h"

namespace gnomon {

class RowAnswers {
 public:
  explicit RowAnswers(size_t count) : ends_(count, 0) {
    rows_.row_status.assign(count, OnlineStatus::kNotFound);
    rows_.event_time.assign(count, 0);
  }

  // Of the next key. `features` counts for kPresent only, and is copied.
  void add(OnlineStatus status, TimeUs event_time, std::string_view features) {
    rows_.row_status[next_] = status;
    rows_.event_time[next_] = event_time;
    if (status == OnlineStatus::kPresent) features_.append(features);
    ends_[next_++] = features_.size();
  }
  void add_nothing() { add(OnlineStatus::kNotFound, 0, {}); }
  // The next key could not be read.
  void add_failure(Status why) {
    rows_.failures.push_back({next_, std::move(why)});
    add(OnlineStatus::kInvalid, 0, {});
  }

  // REQUIRES: every key has its answer. ERRORS: GN511 for bytes that are no features.
  Result<OnlineRows> finish(const RowCodec& codec) {
    // Only now: while it grew, the bytes could move.
    std::vector<std::string_view> encoded(ends_.size());
    for (size_t i = 0; i < ends_.size(); ++i) {
      const size_t start = i == 0 ? 0 : ends_[i - 1];
      if (rows_.row_status[i] == OnlineStatus::kPresent)
        encoded[i] = std::string_view(features_.data() + start, ends_[i] - start);
    }
    GN_ASSIGN(rows_.features, codec.decode(encoded));
    return std::move(rows_);
  }

 private:
  OnlineRows rows_;
  std::string features_;
  std::vector<size_t> ends_;
  size_t next_ = 0;
};

}  // namespace gnomon
