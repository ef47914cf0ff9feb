#include "stores/redis/window_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "stores/redis/window_members.h"

namespace gnomon {
namespace {

constexpr uint32_t kNewestAtOnce = 64;  // records that a scan backwards fetches on its way

Status changed(const std::string& what) {
  return Status(Code::kAborted, "GN533", what, "Read again: the next look sees the new state");
}

}  // namespace

RedisWindowReader::Entity& RedisWindowReader::entity(std::string_view name) {
  auto found = entities_.find(name);
  if (found == entities_.end()) {
    found = entities_.emplace(std::string(name), Entity()).first;
    space_.set_key(name, &found->second.key);
  }
  return found->second;
}

void RedisWindowReader::add(RedisBatch* batch, Entity* entity, std::vector<RecordRange> ranges) {
  std::vector<std::string> parts;
  for (const RecordRange& range : ranges) {
    parts.push_back(window_place(range.level, range.from));
    parts.push_back(window_place(range.level, range.to));
    parts.push_back(std::to_string(range.newest));
  }
  const std::vector<std::string_view> arguments(parts.begin(), parts.end());
  const std::string_view key = entity->key;
  pending_.push_back({entity, batch->size(), std::move(ranges)});
  batch->add(RedisScript::kGetWindows, std::span(&key, 1), arguments);
}

void RedisWindowReader::add_to(RedisBatch* batch, std::span<const WindowFetch> fetches) {
  if (!number_) return;
  for (const WindowFetch& one : fetches) {
    Entity& its = entity(one.entity);
    std::vector<RecordRange> ranges;
    for (const RecordRange& range : one.ranges) {
      if (range.from < range.to) ranges.push_back(range);
    }
    const bool is_asked =
        std::any_of(pending_.begin(), pending_.end(), [&](const Pending& other) { return other.entity == &its; });
    if (!its.is_read && !is_asked) add(batch, &its, std::move(ranges));
  }
}

void RedisWindowReader::add_check_to(RedisBatch* batch) {
  check_ = batch->size();
  meta_->add_namespace_check(name_, batch);
}

void RedisWindowReader::take(std::vector<RedisAnswer>* answers) {
  asked_ = pending_.size();
  missing_.clear();
  failures_.clear();
  for (const Pending& pending : pending_) take_one(pending, &(*answers)[pending.command]);
  pending_.clear();
  if (check_) judge((*answers)[*check_]);
  check_.reset();
}

void RedisWindowReader::check_if_missing() {
  if (missing_.empty()) return;
  RedisBatch batch = servers_->batch();
  meta_->add_namespace_check(name_, &batch);
  judge(servers_->run(batch, RedisPatience::kAnswer)[0]);
}

void RedisWindowReader::judge(const RedisAnswer& check) {
  for (Entity* missing : missing_) missing->status = check.status;
  if (!missing_.empty() && check.status.ok() && !RedisMeta::is_namespace(check.value(), *number_)) {
    meta_->forget_copy();
    dropped_ = changed("the windows were built anew while they were read");
  }
  missing_.clear();
}

void RedisWindowReader::take_one(const Pending& pending, RedisAnswer* answer) {
  Entity& its = *pending.entity;
  its.status = answer->status;
  if (!its.status.ok()) {
    failures_.push_back(its.status);
    return;
  }
  const RedisValue reply = answer->value();
  if (reply.size() != pending.ranges.size() + 1) {
    its.status = Status(Code::kDataLoss, "GN511", "Redis answered with something else than window records");
    return;
  }
  const std::string sequence(reply[0].text());
  if (its.is_read && sequence != its.sequence) {
    its.status = changed("an entity's windows were written while they were read");
    return;
  }
  its.is_read = true;
  its.sequence = sequence;
  if (sequence.empty()) missing_.push_back(&its);
  for (size_t i = 0; i < pending.ranges.size(); ++i) {
    const RecordRange& range = pending.ranges[i];
    const RedisValue members = reply[i + 1];
    Segment segment{range.level, range.from, range.to, {}};
    for (size_t at = 0; at < members.size(); ++at) segment.members.push_back(members[at].text());
    if (range.newest > 0) {
      if (members.size() >= range.newest) segment.from = window_member_start(segment.members.back());
      std::reverse(segment.members.begin(), segment.members.end());
    }
    its.segments.push_back(std::move(segment));
  }
  its.replies.push_back(std::move(*answer->reply));
}

Status RedisWindowReader::prefetch(std::span<const WindowFetch> fetches) {
  RedisBatch batch = servers_->batch();
  add_to(&batch, fetches);
  if (batch.size() == 0) return Status();
  if (!servers_->is_cluster()) add_check_to(&batch);
  std::vector<RedisAnswer> answers = servers_->run(batch, RedisPatience::kAnswer);
  take(&answers);
  check_if_missing();
  return Status();
}

Status RedisWindowReader::fetch(Entity* entity, const RecordRange& range) {
  RedisBatch batch = servers_->batch();
  add(&batch, entity, {range});
  if (!servers_->is_cluster()) add_check_to(&batch);
  std::vector<RedisAnswer> answers = servers_->run(batch, RedisPatience::kAnswer);
  take(&answers);
  check_if_missing();
  GN_TRY(dropped_);
  return entity->status;
}

const RedisWindowReader::Segment* RedisWindowReader::segment_before(const Entity& entity, uint8_t level, TimeUs to) const {
  const Segment* best = nullptr;
  for (const Segment& segment : entity.segments) {
    if (segment.level != level || segment.from >= to || segment.to < to) continue;
    if (best == nullptr || segment.from < best->from) best = &segment;
  }
  return best;
}

Status RedisWindowReader::scan(std::string_view name, uint8_t level, TimeUs from, TimeUs to, bool descending,
                               const WindowRecordFn& fn) {
  if (from >= to || !number_) return Status();
  Entity& its = entity(name);
  GN_TRY(its.status);
  GN_TRY(dropped_);
  if (its.is_read && its.sequence.empty()) return Status();
  return descending ? scan_backwards(&its, level, from, to, fn) : scan_forwards(&its, level, from, to, fn);
}

Status RedisWindowReader::scan_forwards(Entity* entity, uint8_t level, TimeUs from, TimeUs to, const WindowRecordFn& fn) {
  const Segment* segment = segment_before(*entity, level, to);
  if (segment == nullptr || segment->from > from) {
    GN_TRY(fetch(entity, {level, from, to, 0}));
    segment = &entity->segments.back();
  }
  for (std::string_view member : segment->members) {
    const TimeUs start = window_member_start(member);
    if (start < from) continue;
    if (start >= to) break;
    GN_ASSIGN(WindowMember record, parse_window_member(entity->key, member));
    if (!fn(record.start, record.bytes)) return Status();
  }
  return Status();
}

Status RedisWindowReader::scan_backwards(Entity* entity, uint8_t level, TimeUs from, TimeUs to, const WindowRecordFn& fn) {
  while (from < to) {
    const Segment* segment = segment_before(*entity, level, to);
    if (segment == nullptr) {
      GN_TRY(fetch(entity, {level, from, to, kNewestAtOnce}));
      segment = &entity->segments.back();
    }
    for (size_t i = segment->members.size(); i-- > 0;) {
      const TimeUs start = window_member_start(segment->members[i]);
      if (start >= to) continue;
      if (start < from) return Status();
      GN_ASSIGN(WindowMember record, parse_window_member(entity->key, segment->members[i]));
      if (!fn(record.start, record.bytes)) return Status();
    }
    to = segment->from;
  }
  return Status();
}

}  // namespace gnomon
