#include "stores/window_records.h"

#include <limits>

#include <fmt/format.h>

#include "stores/entry_checksum.h"
#include "stores/store_owner.h"
#include "stores/value_bytes.h"
#include "stores/window_key.h"

namespace gnomon {
namespace {

using Space = OrderedMap::Space;

constexpr const char* kNextNamespaceKey = "next_namespace";
constexpr size_t kChecksumBytes = 4;
constexpr int kLooksAtOnce = 16'384;  // of a removal

std::string namespace_key(const std::string& name_space) { return "windows|" + name_space; }

std::string number_bytes(uint32_t number) {
  std::string bytes(sizeof number, '\0');
  store_little(bytes.data(), number);
  return bytes;
}

Result<std::optional<uint32_t>> get_number(const OrderedMap& map, const std::string& key) {
  GN_ASSIGN(std::optional<std::string> bytes, map.get(Space::kMeta, key));
  if (!bytes) return std::optional<uint32_t>();
  if (bytes->size() == sizeof(uint32_t)) return std::optional<uint32_t>(load_little<uint32_t>(bytes->data()));
  return Status(Code::kDataLoss, "GN511", fmt::format("the online store's entry \"{}\" has an unexpected size", key),
                "Move the folder away and materialize again");
}

void put_records(uint32_t number, std::span<const WindowRecord> records, OrderedMap::Changes* changes) {
  std::string key, value;
  for (const WindowRecord& record : records) {
    set_window_key(number, record.entity, record.level, record.start, &key);
    if (record.bytes.empty()) {
      changes->remove(Space::kWindows, key);
      continue;
    }
    value = record.bytes;
    value.resize(record.bytes.size() + kChecksumBytes);
    store_little(value.data() + record.bytes.size(), entry_checksum(key, record.bytes));
    changes->put(Space::kWindows, key, value);
  }
}

class NothingReader : public WindowReader {
 public:
  Status scan(std::string_view, uint8_t, TimeUs, TimeUs, bool, const WindowRecordFn&) override { return Status(); }
};

class EmbeddedReader : public WindowReader {
 public:
  EmbeddedReader(uint32_t number, std::unique_ptr<OrderedMap::Cursor> cursor)
      : number_(number), cursor_(std::move(cursor)) {}

  Status scan(std::string_view entity, uint8_t level, TimeUs from, TimeUs to, bool descending,
              const WindowRecordFn& fn) override {
    if (from >= to) return Status();
    set_window_key(number_, entity, level, from, &from_);
    set_window_key(number_, entity, level, to, &to_);
    // Keys between these two have their prefix: they are of the same entity and level.
    if (descending) {
      for (cursor_->seek_before(to_); cursor_->valid() && cursor_->key() >= from_; cursor_->previous()) {
        GN_ASSIGN(std::string_view bytes, record());
        if (!fn(window_key_start(cursor_->key()), bytes)) return Status();
      }
    } else {
      for (cursor_->seek(from_); cursor_->valid() && cursor_->key() < to_; cursor_->next()) {
        GN_ASSIGN(std::string_view bytes, record());
        if (!fn(window_key_start(cursor_->key()), bytes)) return Status();
      }
    }
    return cursor_->status();
  }

 private:
  Result<std::string_view> record() const {
    const std::string_view value = cursor_->value();
    if (value.size() > kChecksumBytes) {
      const std::string_view bytes = value.substr(0, value.size() - kChecksumBytes);
      if (load_little<uint32_t>(value.data() + bytes.size()) == entry_checksum(cursor_->key(), bytes)) return bytes;
    }
    return Status(
        Code::kDataLoss, "GN511",
        fmt::format("the window record at {} us is corrupt: its checksum does not match", window_key_start(cursor_->key())),
        "Nothing of it was served. Drop the store's folder and materialize again");
  }

  uint32_t number_;
  std::unique_ptr<OrderedMap::Cursor> cursor_;
  std::string from_, to_;
};

}  // namespace

Result<std::optional<uint32_t>> WindowRecords::find(const std::string& name_space) const {
  {
    std::shared_lock<std::shared_mutex> lock(mutex_);
    const auto known = numbers_.find(name_space);
    if (known != numbers_.end()) return std::optional<uint32_t>(known->second);
  }
  // The lock is held while the store is asked, so that a drop cannot come between that and remembering the answer.
  std::unique_lock<std::shared_mutex> lock(mutex_);
  GN_ASSIGN(std::optional<uint32_t> number, get_number(*map_, namespace_key(name_space)));
  if (number) numbers_[name_space] = *number;
  return number;
}

Result<uint32_t> WindowRecords::find_or_add(const std::string& name_space, OrderedMap::Changes* changes) {
  GN_ASSIGN(std::optional<uint32_t> known, find(name_space));
  if (known) return *known;
  GN_ASSIGN(std::optional<uint32_t> next, get_number(*map_, kNextNamespaceKey));
  const uint32_t number = next.value_or(1);
  changes->put(Space::kMeta, kNextNamespaceKey, number_bytes(number + 1));
  changes->put(Space::kMeta, namespace_key(name_space), number_bytes(number));
  return number;
}

void WindowRecords::remember(const std::string& name_space, uint32_t number) {
  std::unique_lock<std::shared_mutex> lock(mutex_);
  numbers_[name_space] = number;
}

Status WindowRecords::write_records(const std::string& name_space, std::span<const WindowRecord> records,
                                    const std::vector<OnlineMark>& marks) {
  GN_TRY(check_writable(place_.folder, place_.mode));
  std::lock_guard<std::mutex> lock(*write_mutex_);
  const std::unique_ptr<OrderedMap::Changes> changes = map_->changes();
  GN_ASSIGN(uint32_t number, find_or_add(name_space, changes.get()));
  put_records(number, records, changes.get());
  for (const OnlineMark& mark : marks) catalog_->set_mark(mark, changes.get());
  WriteVersions::Write write(&versions_);
  for (const WindowRecord& record : records) write.add(record.entity);
  write.begin();
  place_.env->kill_point("store.before_write");
  GN_TRY(catalog_->commit(changes.get()));
  place_.env->kill_point("store.after_write");
  remember(name_space, number);
  return Status();
}

Status WindowRecords::load_records(const std::string& name_space, std::span<const WindowRecord> records) {
  GN_TRY(check_writable(place_.folder, place_.mode));
  GN_ASSIGN(std::optional<uint32_t> number, find(name_space));
  if (!number) {
    // The number is durable before anything is kept under it: no other namespace may ever get it.
    GN_TRY(write_records(name_space, {}, {}));
    GN_ASSIGN(number, find(name_space));
  }
  const std::unique_ptr<OrderedMap::Changes> changes = map_->changes();
  put_records(*number, records, changes.get());
  std::lock_guard<std::mutex> lock(*write_mutex_);
  // No version changes: no reader knows the namespace yet, and those of the one that is served keep what they have.
  return map_->apply_unsynced(changes.get());
}

Status WindowRecords::flush_records(const std::string&) {
  GN_TRY(check_writable(place_.folder, place_.mode));
  return map_->flush(Space::kWindows);
}

Result<std::unique_ptr<WindowReader>> WindowRecords::reader(const std::string& name_space) const {
  GN_ASSIGN(std::optional<uint32_t> number, find(name_space));
  std::unique_ptr<WindowReader> reader = std::make_unique<NothingReader>();
  if (number)
    reader = std::make_unique<EmbeddedReader>(*number, map_->cursor(Space::kWindows, OrderedMap::Reach::kOneEntity));
  return reader;
}

Status WindowRecords::scan_records(const std::string& name_space, std::string_view entity, uint8_t level, TimeUs from,
                                   TimeUs to, bool descending, const WindowRecordFn& fn) const {
  GN_ASSIGN(std::unique_ptr<WindowReader> once, reader(name_space));
  return once->scan(entity, level, from, to, descending, fn);
}

// A store that another process owns changes without this one knowing.
std::optional<uint64_t> WindowRecords::version(std::string_view entity) const {
  if (place_.mode != OpenMode::kOwn) return std::nullopt;
  return versions_.of(entity);
}

Result<int64_t> WindowRecords::remove_before(const std::string& name_space, std::span<const TimeUs> before) {
  GN_TRY(check_writable(place_.folder, place_.mode));
  GN_ASSIGN(std::optional<uint32_t> number, find(name_space));
  if (!number) return int64_t{0};
  int64_t removed = 0;
  for (std::string next = window_namespace_prefix(*number); !next.empty();) {
    GN_ASSIGN(int64_t some, remove_some_before(*number, before, &next));
    removed += some;
  }
  if (removed > 0) map_->reclaim(Space::kWindows, window_namespace_prefix(*number), window_namespace_prefix(*number + 1));
  return removed;
}

Result<int64_t> WindowRecords::remove_some_before(uint32_t number, std::span<const TimeUs> before, std::string* next) {
  std::lock_guard<std::mutex> lock(*write_mutex_);  // other writes come in between
  const std::string prefix = window_namespace_prefix(number);
  const std::unique_ptr<OrderedMap::Cursor> cursor = map_->cursor(Space::kWindows, OrderedMap::Reach::kWholeSpace);
  const std::unique_ptr<OrderedMap::Changes> changes = map_->changes();
  WriteVersions::Write write(&versions_);
  std::string end;
  int64_t removed = 0;
  cursor->seek(*next);
  for (int looks = 0; looks < kLooksAtOnce && cursor->valid() && cursor->key().starts_with(prefix); ++looks) {
    const std::string_view key = cursor->key();
    const std::string_view entity = window_key_entity(key);
    const uint8_t level = window_key_level(key);
    if (level < before.size() && window_key_start(key) < before[level]) {
      changes->remove(Space::kWindows, key);
      write.add(entity);
      ++removed;
      cursor->next();
      continue;
    }
    // The rest of the level stays.
    set_window_key(number, entity, level, std::numeric_limits<TimeUs>::max(), &end);
    if (key < end) {
      cursor->advance_to(end);
    } else {
      cursor->next();
    }
  }
  GN_TRY(cursor->status());
  const bool has_more = cursor->valid() && cursor->key().starts_with(prefix);
  *next = has_more ? std::string(cursor->key()) : std::string();
  if (removed == 0) return removed;
  write.begin();
  place_.env->kill_point("store.before_write");
  GN_TRY(catalog_->commit(changes.get()));
  place_.env->kill_point("store.after_write");
  return removed;
}

Status WindowRecords::drop_records(const std::string& name_space) {
  GN_TRY(check_writable(place_.folder, place_.mode));
  std::lock_guard<std::mutex> write_lock(*write_mutex_);
  GN_ASSIGN(std::optional<uint32_t> number, find(name_space));
  if (!number) return Status();
  const std::string begin = window_namespace_prefix(*number);
  const std::string end = window_namespace_prefix(*number + 1);
  const std::unique_ptr<OrderedMap::Changes> changes = map_->changes();
  changes->remove(Space::kMeta, namespace_key(name_space));
  changes->remove_range(Space::kWindows, begin, end);
  WriteVersions::Write write(&versions_);
  write.add_all();
  write.begin();
  {
    std::unique_lock<std::shared_mutex> lock(mutex_);
    GN_TRY(catalog_->commit(changes.get()));
    numbers_.erase(name_space);
  }
  map_->reclaim(Space::kWindows, begin, end);
  return Status();
}

}  // namespace gnomon
