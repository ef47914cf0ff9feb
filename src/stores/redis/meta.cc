#include "stores/redis/meta.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "stores/value_bytes.h"

namespace gnomon {
namespace {

constexpr const char* kFormat = "1";
constexpr size_t kViewBytes = kViewStateBytes + 2 * sizeof(TimeUs);

std::string view_field(const std::string& id) { return "view|" + id; }
std::string windows_field(const std::string& name) { return "windows|" + name; }
std::string mark_field(const std::string& name) { return "mark|" + name; }

Status bad_meta(const std::string& field) {
  return Status(Code::kDataLoss, "GN511",
                fmt::format("the online store's entry \"{}\" in Redis has an unexpected size", field),
                "Use another `key_prefix` of online_store, and materialize again");
}

uint64_t number_of(std::string_view text) {
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string encode(const RedisView& view) {
  std::string bytes = encode_view(*view.state);
  bytes.resize(kViewBytes);
  store_little(bytes.data() + kViewStateBytes, view.may_expire_from);
  store_little(bytes.data() + kViewStateBytes + sizeof(TimeUs), view.least_ttl_us);
  return bytes;
}

}  // namespace

Status fenced_or(const Status& status) {
  if (status.ok() || status.info().message.find(kFencedError) == std::string::npos) return status;
  return Status(Code::kFailedPrecondition, "GN531", "another process has become the one that writes this online store",
                "One process at a time writes marks and windows of a project; open the store again to take over");
}

RedisMeta::RedisMeta(RedisServers* servers, std::string prefix) : servers_(servers), key_(std::move(prefix) + ":{meta}") {}

Status RedisMeta::load() {
  GN_TRY(refresh(RedisPatience::kInsist));
  const std::optional<std::string> format = field("format");
  if (!format || *format == kFormat) return Status();
  return Status(Code::kFailedPrecondition, "GN518",
                fmt::format("the online store in Redis has format {}, this version reads {}", *format, kFormat),
                "Use the version of Gnomon that wrote it, or another `key_prefix` of online_store");
}

Status RedisMeta::become_writer() {
  RedisBatch batch = servers_->batch();
  batch.add(key_, {"HSETNX", key_, "format", kFormat});
  batch.add(key_, {"HINCRBY", key_, "epoch", "1"});
  for (RedisAnswer& answer : servers_->run(batch, RedisPatience::kDurable)) {
    GN_TRY(answer.status);
    epoch_ = std::to_string(answer.value().integer());
  }
  return Status();
}

Status RedisMeta::refresh(RedisPatience patience) {
  RedisBatch batch = servers_->batch();
  batch.add(key_, {"HGETALL", key_});
  while (true) {
    const uint64_t changes = changes_;
    const RedisDeadline now = RedisClock::now();
    GN_ASSIGN(RedisReply reply, servers_->run_one(batch, patience));
    const RedisValue pairs = reply.value();
    Fields fields;
    for (size_t i = 0; i + 1 < pairs.size(); i += 2) fields.emplace(pairs[i].text(), pairs[i + 1].text());
    const auto sequence = fields.find("sequence");
    if (sequence != fields.end()) saw_sequence(number_of(sequence->second));
    std::unique_lock lock(mutex_);
    if (changes != changes_) continue;  // this process wrote meanwhile, and what was read may be older
    fields_ = std::move(fields);
    read_at_ = now;
    is_known_ = true;
    return Status();
  }
}

Status RedisMeta::refresh_if_old() {
  const auto is_fresh = [this] {
    std::shared_lock lock(mutex_);
    return is_known_ && RedisClock::now() - read_at_ < kMetaMaxAge;
  };
  if (is_fresh()) return Status();
  std::unique_lock one(refreshing_, std::try_to_lock);
  if (!one.owns_lock()) {
    std::shared_lock lock(mutex_);
    if (is_known_) return Status();  // somebody else is at it
  }
  if (!one.owns_lock()) one.lock();
  if (is_fresh()) return Status();
  const Status refreshed = refresh(RedisPatience::kAnswer);
  std::unique_lock lock(mutex_);
  last_refresh_ = refreshed;
  if (refreshed.ok() || !is_known_) return refreshed;
  read_at_ = RedisClock::now();  // the node is down: what is known holds on
  return Status();
}

void RedisMeta::forget_copy() {
  std::unique_lock lock(mutex_);
  read_at_ = {};
}

std::optional<std::string> RedisMeta::field(const std::string& name) const {
  std::shared_lock lock(mutex_);
  const auto found = fields_.find(name);
  return found == fields_.end() ? std::nullopt : std::optional(found->second);
}

void RedisMeta::remember(const std::vector<std::string>& fields) {
  std::unique_lock lock(mutex_);
  ++changes_;
  for (size_t i = 0; i + 1 < fields.size(); i += 2) fields_[fields[i]] = fields[i + 1];
}

void RedisMeta::saw_sequence(uint64_t sequence) {
  uint64_t known = sequence_;
  while (known < sequence && !sequence_.compare_exchange_weak(known, sequence)) {
  }
}

Result<RedisViewPtr> RedisMeta::decode(const OnlineViewSpec& view, const std::string& bytes) {
  {
    std::shared_lock lock(mutex_);
    const auto known = views_.find(view.id);
    if (known != views_.end() && known->second.bytes == bytes) {
      GN_TRY(check_view(view, known->second.view->state).status());
      return known->second.view;
    }
  }
  if (bytes.size() != kViewBytes) return bad_meta(view_field(view.id));
  auto decoded = std::make_shared<RedisView>();
  GN_ASSIGN(decoded->state, decode_view(view, bytes));
  decoded->may_expire_from = load_little<TimeUs>(bytes.data() + kViewStateBytes);
  decoded->least_ttl_us = load_little<TimeUs>(bytes.data() + kViewStateBytes + sizeof(TimeUs));
  GN_TRY(check_view(view, decoded->state).status());
  std::unique_lock lock(mutex_);
  views_[view.id] = {bytes, decoded};
  return RedisViewPtr(std::move(decoded));
}

Status RedisMeta::absence() const {
  std::shared_lock lock(mutex_);
  return last_refresh_;
}

Result<RedisViewPtr> RedisMeta::find_view(const OnlineViewSpec& view) {
  GN_TRY(refresh_if_old());
  const std::optional<std::string> bytes = field(view_field(view.id));
  if (!bytes) GN_TRY(absence());
  if (!bytes) return RedisViewPtr();
  return decode(view, *bytes);
}

Result<std::string> RedisMeta::add_number(const std::string& field, std::string_view rest) {
  RedisBatch batch = servers_->batch();
  batch.add(RedisScript::kAddNumber, {key_}, {field, "next", rest});
  GN_ASSIGN(RedisReply reply, servers_->run_one(batch, RedisPatience::kDurable));
  std::string value(reply.value().text());
  remember({field, value});
  return value;
}

Result<RedisViewPtr> RedisMeta::find_or_add_view(const OnlineViewSpec& view) {
  GN_ASSIGN(RedisViewPtr known, find_view(view));
  if (known != nullptr) return known;
  RedisView fresh;
  GN_ASSIGN(fresh.state, new_view_state(view));
  GN_ASSIGN(std::string bytes, add_number(view_field(view.id), encode(fresh).substr(sizeof(uint32_t))));
  return decode(view, bytes);
}

Status RedisMeta::expect_expiry(const OnlineViewSpec& view, const RedisView& state, TimeUs from) {
  if (state.may_expire_from <= from && state.least_ttl_us <= view.ttl_us) return Status();
  RedisView changed = state;
  changed.may_expire_from = std::min(changed.may_expire_from, from);
  changed.least_ttl_us = std::min(changed.least_ttl_us, view.ttl_us);
  const std::vector<std::string> fields = {view_field(view.id), encode(changed)};
  RedisBatch batch = servers_->batch();
  batch.add(key_, {"HSET", key_, fields[0], fields[1]});
  GN_TRY(servers_->run_one(batch, RedisPatience::kDurable).status());
  remember(fields);
  return Status();
}

Result<std::optional<uint32_t>> RedisMeta::find_namespace(const std::string& name) {
  GN_TRY(refresh_if_old());
  std::optional<std::string> bytes = field(windows_field(name));
  if (!bytes) {
    // The mark that names it may be newer than the copy; and one that is gone took its mark along.
    forget_copy();
    GN_TRY(refresh_if_old());
    bytes = field(windows_field(name));
  }
  if (!bytes) return std::optional<uint32_t>();
  if (bytes->size() != sizeof(uint32_t)) return bad_meta(windows_field(name));
  return std::optional(load_little<uint32_t>(bytes->data()));
}

Result<uint32_t> RedisMeta::find_or_add_namespace(const std::string& name) {
  GN_ASSIGN(std::string bytes, add_number(windows_field(name), ""));
  if (bytes.size() != sizeof(uint32_t)) return bad_meta(windows_field(name));
  return load_little<uint32_t>(bytes.data());
}

void RedisMeta::add_namespace_check(const std::string& name, RedisBatch* batch) const {
  batch->add(key_, {"HGET", key_, windows_field(name)});
}

bool RedisMeta::is_namespace(const RedisValue& value, uint32_t number) {
  return value.text().size() == sizeof(uint32_t) && load_little<uint32_t>(value.text().data()) == number;
}

Result<std::optional<std::string>> RedisMeta::mark(const std::string& name) {
  RedisBatch batch = servers_->batch();
  batch.add(key_, {"HGET", key_, mark_field(name)});
  GN_ASSIGN(RedisReply reply, servers_->run_one(batch, RedisPatience::kInsist));
  if (reply.value().is_nil()) return std::optional<std::string>();
  return std::optional(std::string(reply.value().text()));
}

Result<std::optional<std::string>> RedisMeta::recent_mark(const std::string& name) {
  GN_TRY(refresh_if_old());
  std::optional<std::string> mark = field(mark_field(name));
  if (!mark) GN_TRY(absence());
  return mark;
}

void RedisMeta::add_mark_fields(const std::vector<OnlineMark>& marks, std::vector<std::string>* fields) {
  for (const OnlineMark& mark : marks) {
    fields->push_back(mark_field(mark.name));
    fields->push_back(mark.value);
  }
}

Result<uint64_t> RedisMeta::commit(const std::vector<OnlineMark>& marks) {
  std::vector<std::string> fields;
  add_mark_fields(marks, &fields);
  std::vector<std::string_view> arguments = {marks.empty() ? std::string_view() : epoch_};
  arguments.insert(arguments.end(), fields.begin(), fields.end());
  const std::string_view key = key_;
  RedisBatch batch = servers_->batch();
  batch.add(RedisScript::kCommit, std::span(&key, 1), arguments);
  Result<RedisReply> reply = servers_->run_one(batch, RedisPatience::kDurable);
  if (!reply.ok()) return fenced_or(reply.status());
  remember(fields);
  const auto sequence = static_cast<uint64_t>(reply->value().integer());
  saw_sequence(sequence);
  return sequence;
}

Status RedisMeta::drop_fields(const std::string& dropping, const std::vector<std::string>& fields) {
  std::vector<std::string_view> arguments = {epoch_, dropping};
  arguments.insert(arguments.end(), fields.begin(), fields.end());
  const std::string_view key = key_;
  RedisBatch batch = servers_->batch();
  batch.add(RedisScript::kDrop, std::span(&key, 1), arguments);
  Result<RedisReply> reply = servers_->run_one(batch, RedisPatience::kDurable);
  if (!reply.ok()) return fenced_or(reply.status());
  saw_sequence(static_cast<uint64_t>(reply->value().integer()));
  std::unique_lock lock(mutex_);
  ++changes_;
  for (const std::string& field : fields) fields_.erase(field);
  if (!dropping.empty()) fields_[dropping] = "";
  return Status();
}

Result<std::optional<uint32_t>> RedisMeta::drop_view(const std::string& view_id) {
  GN_TRY(refresh(RedisPatience::kInsist));
  std::vector<std::string> fields;
  std::optional<uint32_t> number;
  const std::optional<std::string> bytes = field(view_field(view_id));
  if (bytes) {
    if (bytes->size() != kViewBytes) return bad_meta(view_field(view_id));
    number = load_little<uint32_t>(bytes->data());
    fields.push_back(view_field(view_id));
  }
  {
    std::shared_lock lock(mutex_);
    const std::string marks = mark_field(view_id) + "|";
    for (auto at = fields_.lower_bound(marks); at != fields_.end() && at->first.starts_with(marks); ++at)
      fields.push_back(at->first);
  }
  GN_TRY(drop_fields(number ? fmt::format("dropping|r{}", *number) : "", fields));
  return number;
}

Result<std::optional<uint32_t>> RedisMeta::drop_namespace(const std::string& name) {
  GN_TRY(refresh(RedisPatience::kInsist));
  const std::optional<std::string> bytes = field(windows_field(name));
  if (!bytes) return std::optional<uint32_t>();
  if (bytes->size() != sizeof(uint32_t)) return bad_meta(windows_field(name));
  const auto number = load_little<uint32_t>(bytes->data());
  GN_TRY(drop_fields(fmt::format("dropping|w{}", number), {windows_field(name)}));
  return std::optional(number);
}

std::vector<std::string> RedisMeta::dropping() {
  constexpr std::string_view kDropping = "dropping|";
  std::vector<std::string> found;
  std::shared_lock lock(mutex_);
  for (auto at = fields_.lower_bound(kDropping); at != fields_.end() && at->first.starts_with(kDropping); ++at)
    found.push_back(at->first.substr(kDropping.size()));
  return found;
}

Status RedisMeta::dropped(const std::string& what) {
  const std::string field = "dropping|" + what;
  RedisBatch batch = servers_->batch();
  batch.add(key_, {"HDEL", key_, field});
  GN_TRY(servers_->run_one(batch, RedisPatience::kInsist).status());
  std::unique_lock lock(mutex_);
  ++changes_;
  fields_.erase(field);
  return Status();
}

}  // namespace gnomon
