#include "stores/redis/rows.h"

#include <algorithm>

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "stores/incoming_versions.h"
#include "stores/redis/row_value.h"
#include "stores/row_answers.h"

namespace gnomon {
namespace {

constexpr TimeUs kUsPerMs = 1'000;
constexpr TimeUs kMostMsToLive = TimeUs{1} << 52;
constexpr size_t kEntitiesPerChunk = IncomingVersions::kEntitiesPerChunk;

// Whether a row of a key that is not there may have expired before it could have answered at `t`.
bool may_have_expired(const RedisView& written, const OnlineViewSpec& view, TimeUs t, TimeUs now) {
  if (now < written.may_expire_from) return false;
  if (view.ttl_us == 0) return true;
  // What expired had event_time + least ttl <= now - kKeptPastTtl, and can answer until event_time + ttl.
  const TimeUs newest = subtract_times(subtract_times(now, kKeptPastTtlUs), written.least_ttl_us);
  return t <= add_times(newest, view.ttl_us);
}

// The answer of one key from its versions, which come in their ranking: the first visible one is it.
Status answer_key(RowVersions versions, const OnlineViewSpec& view, TimeUs t, RowAnswers* answers) {
  const TimeUs oldest = view.ttl_us > 0 ? subtract_times(t, view.ttl_us) : std::numeric_limits<TimeUs>::min();
  TimeUs dropped_from = kNothingDropped;
  Version version;
  while (true) {
    GN_ASSIGN(bool is_there, versions.next(&version));
    if (!is_there) break;
    if (version.visible_from <= t) {
      const bool is_too_old = version.times.event_time < oldest;
      answers->add(is_too_old ? OnlineStatus::kOutsideMaxAge : OnlineStatus::kPresent, version.times.event_time,
                   version.value.features);
      return Status();
    }
    dropped_from = version.value.dropped_from;  // the least version has it
  }
  answers->add(dropped_from <= t ? OnlineStatus::kInvalid : OnlineStatus::kNotFound, 0, {});
  return Status();
}

}  // namespace

Result<RedisRows::Read> RedisRows::Read::begin(const RedisRows& rows, const OnlineQuery& query, RedisBatch* batch) {
  Read read;
  read.view_ = query.view;
  read.first_ = batch->size();
  GN_TRY(encode_entity_keys(*query.view->keys, *query.keys, &read.entities_));
  GN_ASSIGN(read.written_, rows.meta_->find_view(*query.view));
  if (read.written_ == nullptr) return read;
  const RedisKeySpace space(rows.prefix_, RedisKind::kRows, read.written_->state->number);
  for (size_t i = 0; i < read.entities_.bytes.size(); ++i) {
    if (read.entities_.has_null[i]) continue;
    read.keys_.emplace_back();
    space.set_key(read.entities_.bytes[i], &read.keys_.back());
    batch->add(read.keys_.back(), {"GET", read.keys_.back()});
  }
  return read;
}

Result<OnlineRows> RedisRows::Read::finish(const std::vector<RedisAnswer>& answers, TimeUs t, TimeUs now) {
  const size_t count = entities_.bytes.size();
  RowAnswers found(count);
  if (written_ == nullptr) {
    GN_ASSIGN(RowCodec codec, RowCodec::make(view_->features));
    for (size_t i = 0; i < count; ++i) found.add_nothing();
    return found.finish(codec);
  }
  const OnlineStatus missing =
      may_have_expired(*written_, *view_, t, now) ? OnlineStatus::kInvalid : OnlineStatus::kNotFound;
  const ViewState& state = *written_->state;
  size_t asked = 0;
  for (size_t i = 0; i < count; ++i) {
    if (entities_.has_null[i]) {
      found.add_nothing();
      continue;
    }
    const RedisAnswer& answer = answers[first_ + asked];
    const std::string& key = keys_[asked++];
    if (answer.status.code() == Code::kUnavailable) {
      found.add_failure(answer.status);
      continue;
    }
    GN_TRY(answer.status);
    if (answer.value().is_nil()) {
      found.add(missing, 0, {});
      continue;
    }
    GN_TRY(answer_key(RowVersions(key, answer.value().text(), state.fingerprint, state.serving_lag_us), *view_, t, &found));
  }
  return found.finish(state.codec);
}

// One write, chunk by chunk of entities.
class RedisRows::Write {
 public:
  Write(const RedisRows& store, const OnlineViewSpec& view, const ViewState& state, const IncomingRows& rows,
        const IncomingEntities& entities, std::optional<TimeUs> cutoff, TimeUs now)
      : servers_(*store.servers_),
        env_(*store.env_),
        view_(view),
        state_(state),
        entities_(entities),
        cutoff_(cutoff),
        now_(now),
        space_(store.prefix_, RedisKind::kRows, state.number),
        incoming_(state, rows, entities),
        order_(state.codec) {}

  Status write_all() {
    for (size_t begin = 0; begin < entities_.size(); begin += kEntitiesPerChunk)
      GN_TRY(write_chunk(begin, std::min(begin + kEntitiesPerChunk, entities_.size())));
    return Status();
  }

 private:
  struct Entity {
    std::string key;
    std::vector<Version> incoming;
    RedisAnswer stored;     // keeps the bytes of what is there
    std::string_view seen;  // what is there; empty: nothing
  };

  Status write_chunk(size_t begin, size_t end) {
    incoming_.encode(begin, end);
    std::vector<Entity> chunk(end - begin);
    RedisBatch batch = servers_.batch();
    for (size_t i = begin; i < end; ++i) {
      Entity& entity = chunk[i - begin];
      space_.set_key(entities_.key(entities_[i]), &entity.key);
      incoming_.append_next(entities_[i], &entity.incoming);
      batch.add(entity.key, {"GET", entity.key});
    }
    std::vector<RedisAnswer> stored = servers_.run(batch, RedisPatience::kInsist);
    std::vector<Entity*> open;
    for (size_t i = 0; i < chunk.size(); ++i) {
      GN_TRY(take_stored(std::move(stored[i]), &chunk[i]));
      open.push_back(&chunk[i]);
    }
    while (!open.empty()) GN_TRY(swap(&open));
    return Status();
  }

  static Status take_stored(RedisAnswer answer, Entity* entity) {
    GN_TRY(answer.status);
    entity->stored = std::move(answer);
    entity->seen = entity->stored.value().text();
    return Status();
  }

  // Merges each, and puts it in the place of what was seen. Those where something else was there by then stay open.
  Status swap(std::vector<Entity*>* open) {
    RedisBatch batch = servers_.batch();
    std::vector<Entity*> changed;
    std::string value, ms_to_live;
    for (Entity* entity : *open) {
      GN_ASSIGN(bool is_changed, merge(*entity, &value, &ms_to_live));
      if (!is_changed) continue;
      changed.push_back(entity);
      batch.add(RedisScript::kSwapRows, {entity->key}, {row_stamp(entity->seen), value, ms_to_live});
    }
    open->clear();
    if (changed.empty()) return Status();
    std::vector<RedisAnswer> answers = servers_.run(batch, RedisPatience::kDurable);
    for (size_t i = 0; i < changed.size(); ++i) {
      GN_TRY(answers[i].status);
      if (answers[i].value().kind() == RedisValue::Kind::kInteger) continue;
      GN_TRY(take_stored(std::move(answers[i]), changed[i]));
      open->push_back(changed[i]);
    }
    return Status();
  }

  // Whether anything is to be written, and then what.
  Result<bool> merge(const Entity& entity, std::string* value, std::string* ms_to_live) {
    versions_ = entity.incoming;
    if (!entity.seen.empty()) {
      RowVersions stored(entity.key, entity.seen, state_.fingerprint, state_.serving_lag_us);
      for (Version version;;) {
        GN_ASSIGN(bool is_there, stored.next(&version));
        if (!is_there) break;
        versions_.push_back(version);
      }
    }
    merge_versions(&versions_, cutoff_, &order_, &merged_);
    GN_TRY(order_.status());
    const bool is_same = merged_.dropped.empty() && std::all_of(merged_.kept.begin(), merged_.kept.end(),
                                                                [](const Version& version) { return version.is_stored; });
    if (is_same) return false;
    begin_row_value(env_.random_u64(), value);
    for (const Version& version : merged_.kept) append_row_version(entity.key, state_.fingerprint, version, value);
    *ms_to_live = std::to_string(time_to_live_ms());
    return true;
  }

  // Until the newest of the kept versions has been too old for long enough; 0: for ever.
  TimeUs time_to_live_ms() const {
    if (!RedisRows::expires(view_)) return 0;
    TimeUs newest = std::numeric_limits<TimeUs>::min();
    for (const Version& version : merged_.kept) newest = std::max(newest, version.times.event_time);
    const TimeUs left = std::max<TimeUs>(0, subtract_times(add_times(newest, view_.ttl_us), now_));
    const TimeUs kept = add_times(add_times(left, view_.as_of_retention_us), kKeptPastTtlUs);
    return std::min(kept / kUsPerMs + 1, kMostMsToLive);
  }

  RedisServers& servers_;
  Env& env_;
  const OnlineViewSpec& view_;
  const ViewState& state_;
  const IncomingEntities& entities_;
  std::optional<TimeUs> cutoff_;
  TimeUs now_;
  RedisKeySpace space_;
  IncomingVersions incoming_;
  EncodedContentOrder order_;
  std::vector<Version> versions_;  // reused from entity to entity
  MergedVersions merged_;
};

bool RedisRows::expires(const OnlineViewSpec& view) { return view.ttl_us > 0 && view.as_of_retention_us >= 0; }

Status RedisRows::write(const OnlineViewSpec& view, const arrow::RecordBatchVector& rows, TimeUs now) {
  GN_ASSIGN(IncomingRows incoming, IncomingRows::make(view, rows));
  std::optional<TimeUs> cutoff;
  if (view.as_of_retention_us >= 0) cutoff = subtract_times(now, view.as_of_retention_us);
  GN_ASSIGN(IncomingEntities entities, IncomingEntities::gather(view, incoming, cutoff));
  GN_ASSIGN(RedisViewPtr written, meta_->find_or_add_view(view));
  if (entities.size() == 0) return Status();
  // Before the first key that may expire, so that no reader takes one that has for one that never was.
  if (expires(view)) GN_TRY(meta_->expect_expiry(view, *written, add_times(env_->now_us(), kKeptPastTtlUs)));
  return Write(*this, view, *written->state, incoming, entities, cutoff, now).write_all();
}

}  // namespace gnomon
