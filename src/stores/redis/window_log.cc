#include "stores/redis/window_log.h"

#include <fmt/format.h>

#include "stores/entry_checksum.h"
#include "stores/redis/window_members.h"
#include "stores/value_bytes.h"

namespace gnomon {
namespace {

constexpr size_t kElementBytes = 1 << 20;    // of records in one element of the log
constexpr size_t kMostBatchBytes = 4 << 20;  // sent at once
constexpr const char* kWhat = "gnomon window log";

template <class Word>
void append(Word word, std::string* to) {
  char bytes[sizeof word];
  store_little(bytes, word);
  to->append(bytes, sizeof bytes);
}

void append_text(std::string_view text, std::string* to) {
  append(static_cast<uint32_t>(text.size()), to);
  to->append(text);
}

void seal(std::string* element) { append(entry_checksum(kWhat, *element), element); }

// Reads an element from its start; after something that does not fit nothing is ok any more.
class ElementReader {
 public:
  explicit ElementReader(std::string_view element) {
    is_ok_ = element.size() >= sizeof(uint32_t);
    if (!is_ok_) return;
    rest_ = element.substr(0, element.size() - sizeof(uint32_t));
    is_ok_ = load_little<uint32_t>(element.data() + rest_.size()) == entry_checksum(kWhat, rest_);
  }
  template <class Word>
  Word number() {
    is_ok_ = is_ok_ && rest_.size() >= sizeof(Word);
    if (!is_ok_) return 0;
    const Word word = load_little<Word>(rest_.data());
    rest_.remove_prefix(sizeof(Word));
    return word;
  }
  std::string_view text() {
    const auto size = number<uint32_t>();
    is_ok_ = is_ok_ && rest_.size() >= size;
    if (!is_ok_) return {};
    const std::string_view text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return text;
  }
  bool is_ok() const { return is_ok_; }
  bool has_more() const { return is_ok_ && !rest_.empty(); }

 private:
  std::string_view rest_;
  bool is_ok_ = false;
};

Status damaged_log() {
  return Status(Code::kDataLoss, "GN511", "the log of an unfinished write in Redis is corrupt: its checksum does not match",
                "Use another `key_prefix` of online_store, and materialize again");
}

std::string head_of(uint64_t sequence, uint32_t name_space, const std::vector<OnlineMark>& marks) {
  std::string head;
  append(sequence, &head);
  append(name_space, &head);
  for (const OnlineMark& mark : marks) {
    append_text(mark.name, &head);
    append_text(mark.value, &head);
  }
  seal(&head);
  return head;
}

std::vector<std::string> elements_of(std::span<const WindowRecord> records) {
  std::vector<std::string> elements;
  for (const WindowRecord& record : records) {
    if (elements.empty() || elements.back().size() >= kElementBytes) elements.emplace_back();
    append_text(record.entity, &elements.back());
    append(record.level, &elements.back());
    append(record.start, &elements.back());
    append_text(record.bytes, &elements.back());
  }
  for (std::string& element : elements) seal(&element);
  return elements;
}

Status read_records(std::string_view element, std::vector<WindowRecord>* records) {
  ElementReader reader(element);
  while (reader.has_more()) {
    WindowRecord record;
    record.entity = reader.text();
    record.level = reader.number<uint8_t>();
    record.start = reader.number<TimeUs>();
    record.bytes = reader.text();
    if (reader.is_ok()) records->push_back(std::move(record));
  }
  return reader.is_ok() ? Status() : damaged_log();
}

}  // namespace

Status RedisWindowLog::write(uint32_t name_space, std::span<const WindowRecord> records,
                             const std::vector<OnlineMark>& marks) {
  GN_TRY(finish());
  GN_ASSIGN(const uint64_t sequence, meta_->commit({}));
  std::vector<std::string> elements = elements_of(records);
  elements.insert(elements.begin(), head_of(sequence, name_space, marks));
  may_be_pending_ = true;
  const Status placed = place(elements);
  if (!placed.ok()) return placed;
  env_->kill_point("redis.after_log");
  GN_TRY(put(name_space, sequence, records));
  env_->kill_point("redis.after_records");
  GN_TRY(end(elements[0], marks));
  may_be_pending_ = false;
  return Status();
}

Status RedisWindowLog::place(const std::vector<std::string>& elements) {
  const std::string aside = meta_->key_of("aside");
  RedisBatch batch = servers_->batch();
  batch.add(aside, {"DEL", aside});
  GN_TRY(servers_->run_one(batch, RedisPatience::kInsist).status());
  for (size_t i = 0; i < elements.size(); ++i) {
    // LSET after RPUSH would not be safe to repeat, so elements have places of their own in time: one command after another.
    batch.clear();
    batch.add(aside, {"RPUSH", aside, elements[i]});
    GN_ASSIGN(RedisReply reply, servers_->run_one(batch, RedisPatience::kInsist));
    if (reply.value().integer() == static_cast<int64_t>(i) + 1) continue;
    return Status(Code::kUnavailable, "GN530", "Redis was lost while a write was put aside", "Try again");
  }
  batch.clear();
  batch.add(RedisScript::kPlaceLog, {meta_->key(), aside, log_key()}, {meta_->epoch(), elements[0]});
  return fenced_or(servers_->run_one(batch, RedisPatience::kDurable).status());
}

Status RedisWindowLog::put(uint32_t name_space, uint64_t sequence, std::span<const WindowRecord> records) {
  const RedisKeySpace space(prefix_, RedisKind::kWindows, name_space);
  // All records of an entity are one command, wherever they stand among the others.
  std::map<std::string_view, std::vector<const WindowRecord*>> by_entity;
  for (const WindowRecord& record : records) by_entity[record.entity].push_back(&record);
  const std::string sequence_text = std::to_string(sequence);
  RedisBatch batch = servers_->batch();
  const auto flush = [&]() -> Status {
    for (const RedisAnswer& answer : servers_->run(batch, RedisPatience::kDurable)) GN_TRY(answer.status);
    batch.clear();
    return Status();
  };
  std::string key;
  for (const auto& [entity, its] : by_entity) {
    space.set_key(entity, &key);
    std::vector<std::string> parts;
    for (const WindowRecord* record : its) {
      const std::string place = window_place(record->level, record->start);
      parts.push_back(place);
      parts.push_back(after_window_place(place));
      parts.push_back(record->bytes.empty() ? "" : window_member(key, *record));
    }
    std::vector<std::string_view> arguments = {sequence_text};
    arguments.insert(arguments.end(), parts.begin(), parts.end());
    const std::string_view key_view = key;
    batch.add(RedisScript::kPutWindows, std::span(&key_view, 1), arguments);
    if (batch.size_bytes() >= kMostBatchBytes) GN_TRY(flush());
  }
  return batch.size() > 0 ? flush() : Status();
}

Status RedisWindowLog::end(const std::string& head, const std::vector<OnlineMark>& marks) {
  std::vector<std::string> fields;
  RedisMeta::add_mark_fields(marks, &fields);
  std::vector<std::string_view> arguments = {head};
  arguments.insert(arguments.end(), fields.begin(), fields.end());
  const std::string log = log_key();
  const std::string_view keys[] = {meta_->key(), log};
  RedisBatch batch = servers_->batch();
  batch.add(RedisScript::kEndLog, keys, arguments);
  GN_TRY(servers_->run_one(batch, RedisPatience::kDurable).status());
  meta_->remember(fields);
  return Status();
}

Status RedisWindowLog::finish() {
  if (!may_be_pending_) return Status();
  const std::string log = log_key();
  RedisBatch batch = servers_->batch();
  batch.add(log, {"LRANGE", log, "0", "-1"});
  GN_ASSIGN(RedisReply reply, servers_->run_one(batch, RedisPatience::kInsist));
  const RedisValue elements = reply.value();
  if (elements.size() > 0) {
    const std::string head(elements[0].text());
    ElementReader reader(head);
    const auto sequence = reader.number<uint64_t>();
    const auto name_space = reader.number<uint32_t>();
    std::vector<OnlineMark> marks;
    while (reader.has_more()) {
      std::string name(reader.text());
      marks.push_back({std::move(name), std::string(reader.text())});
    }
    if (!reader.is_ok()) return damaged_log();
    // All at once, so that an entity's records stay one step.
    std::vector<WindowRecord> records;
    for (size_t i = 1; i < elements.size(); ++i) GN_TRY(read_records(elements[i].text(), &records));
    GN_TRY(put(name_space, sequence, records));
    GN_TRY(end(head, marks));
  }
  may_be_pending_ = false;
  return Status();
}

}  // namespace gnomon
