#include "stores/row_lookup.h"

#include <limits>

#include <arrow/record_batch.h>

#include "stores/row_answers.h"
#include "stores/version_record.h"

namespace gnomon {
namespace {

using Space = OrderedMap::Space;

// The times of the newest version that could have happened by `t`.
VersionTimes newest_at(TimeUs t) {
  constexpr TimeUs kLatest = std::numeric_limits<TimeUs>::max();
  return {t, kLatest, kLatest};
}

struct Answer {
  OnlineStatus status = OnlineStatus::kNotFound;
  TimeUs event_time = 0;
  std::string_view features = {};  // of kPresent; until the next look
};

class RowLookup {
 public:
  RowLookup(const OrderedMap& map, const ViewState& state, TimeUs ttl_us, TimeUs t)
      : state_(state),
        view_prefix_(state.prefix()),
        t_(t),
        oldest_(ttl_us > 0 ? subtract_times(t, ttl_us) : std::numeric_limits<TimeUs>::min()),
        cursor_(map.cursor(Space::kRows, OrderedMap::Reach::kOneEntity)) {}

  Result<Answer> look_up(std::string_view entity) {
    prefix_ = view_prefix_;
    prefix_ += entity;
    seek_key_ = prefix_;
    append_version_key(newest_at(t_), &seek_key_);
    // Versions come in their ranking, so the first visible one is the answer.
    for (cursor_->seek(seek_key_); at_entity(); cursor_->next()) {
      VersionTimes times = parse_version_key(cursor_->key());
      if (visible_from(times, state_.serving_lag_us) > t_) continue;
      // It is parsed even if it is too old: a corrupt row answers nothing.
      GN_ASSIGN(VersionValue version, parse_version_value(cursor_->key(), cursor_->value(), state_.fingerprint));
      if (times.event_time < oldest_) return Answer{OnlineStatus::kOutsideMaxAge, times.event_time};
      return Answer{OnlineStatus::kPresent, times.event_time, version.features};
    }
    GN_TRY(cursor_->status());
    return nothing_visible();
  }

 private:
  bool at_entity() const { return cursor_->valid() && cursor_->key().starts_with(prefix_); }

  // Nothing was true of this entity at t, unless a version that was dropped since was visible then: the least one knows.
  Result<Answer> nothing_visible() {
    seek_key_.resize(prefix_.size());
    append_version_key(newest_at(std::numeric_limits<TimeUs>::max()), &seek_key_);
    TimeUs dropped_from = kNothingDropped;
    for (cursor_->seek(seek_key_); at_entity(); cursor_->next()) {
      GN_ASSIGN(VersionValue version, parse_version_value(cursor_->key(), cursor_->value(), state_.fingerprint));
      dropped_from = version.dropped_from;
    }
    GN_TRY(cursor_->status());
    return Answer{dropped_from <= t_ ? OnlineStatus::kInvalid : OnlineStatus::kNotFound, 0};
  }

  const ViewState& state_;
  std::string view_prefix_;
  TimeUs t_;
  TimeUs oldest_;
  std::unique_ptr<OrderedMap::Cursor> cursor_;
  std::string prefix_, seek_key_;
};

}  // namespace

Result<OnlineRows> look_up_rows(const OrderedMap& map, const ViewState* state, const OnlineViewSpec& view,
                                const EntityKeys& entities, TimeUs t) {
  const size_t count = entities.bytes.size();
  RowAnswers answers(count);
  if (state == nullptr) {
    GN_ASSIGN(RowCodec codec, RowCodec::make(view.features));
    for (size_t i = 0; i < count; ++i) answers.add_nothing();
    return answers.finish(codec);
  }
  RowLookup lookup(map, *state, view.ttl_us, t);
  for (size_t i = 0; i < count; ++i) {
    if (entities.has_null[i]) {
      answers.add_nothing();
      continue;
    }
    GN_ASSIGN(Answer answer, lookup.look_up(entities.bytes[i]));
    answers.add(answer.status, answer.event_time, answer.features);
  }
  return answers.finish(state->codec);
}

}  // namespace gnomon
