#include "stores/view_catalog.h"

#include <mutex>

#include <fmt/format.h>

#include "stores/value_bytes.h"

namespace gnomon {
namespace {

using Space = OrderedMap::Space;

// Written by every write. A Gnomon that does not know 2 would write rows without saying so in the load log; a store of format 1 is read, and
// becomes one of format 2 when it is written to.
constexpr uint32_t kFormat = 2;
constexpr uint32_t kOldestFormat = 1;
constexpr const char* kFormatKey = "format";
constexpr const char* kSequenceKey = "sequence";
constexpr const char* kNextViewKey = "next_view";

std::string view_key(const std::string& view_id) { return "view|" + view_id; }
std::string mark_key(const std::string& name) { return "mark|" + name; }

template <class Word>
std::string_view bytes_of(const Word& word) {
  return std::string_view(reinterpret_cast<const char*>(&word), sizeof word);
}

Status bad_meta(std::string_view key) {
  return Status(Code::kDataLoss, "GN511", fmt::format("the online store's entry \"{}\" has an unexpected size", key),
                "Move the folder away and materialize again");
}

// The number stored under `key`, or `absent`.
template <class Word>
Result<Word> get_number(const OrderedMap& map, const char* key, Word absent) {
  GN_ASSIGN(std::optional<std::string> bytes, map.get(Space::kMeta, key));
  if (!bytes) return absent;
  if (bytes->size() != sizeof(Word)) return bad_meta(key);
  return load_little<Word>(bytes->data());
}

}  // namespace

Status ViewCatalog::load() {
  GN_ASSIGN(uint32_t format, get_number<uint32_t>(*map_, kFormatKey, kFormat));
  if (format < kOldestFormat || format > kFormat) {
    return Status(Code::kFailedPrecondition, "GN518",
                  fmt::format("the online store has format {}, this version reads {} to {}", format, kOldestFormat, kFormat),
                  "Use the version of Gnomon that wrote it, or move .gnomon/online away and materialize again");
  }
  GN_ASSIGN(uint64_t sequence, get_number<uint64_t>(*map_, kSequenceKey, 0));
  sequence_ = sequence;
  return Status();
}

Result<ViewStatePtr> ViewCatalog::find(const OnlineViewSpec& view) {
  {
    std::shared_lock<std::shared_mutex> lock(mutex_);
    auto known = views_.find(view.id);
    if (known != views_.end()) return check_view(view, known->second);
  }
  // The lock is held while the store is asked, so that a drop cannot come between that and remembering the answer.
  std::unique_lock<std::shared_mutex> lock(mutex_);
  GN_ASSIGN(std::optional<std::string> bytes, map_->get(Space::kMeta, view_key(view.id)));
  if (!bytes) return ViewStatePtr();
  if (bytes->size() != kViewStateBytes) return bad_meta(view_key(view.id));
  GN_ASSIGN(ViewStatePtr state, decode_view(view, *bytes));
  views_[view.id] = state;
  return check_view(view, state);
}

Result<ViewStatePtr> ViewCatalog::find_or_add(const OnlineViewSpec& view, OrderedMap::Changes* changes) {
  GN_ASSIGN(ViewStatePtr known, find(view));
  if (known != nullptr) return known;
  GN_ASSIGN(std::shared_ptr<ViewState> state, new_view_state(view));
  GN_ASSIGN(state->number, get_number<uint32_t>(*map_, kNextViewKey, 1));
  changes->put(Space::kMeta, kNextViewKey, bytes_of(state->number + 1));
  changes->put(Space::kMeta, view_key(view.id), encode_view(*state));
  return ViewStatePtr(std::move(state));
}

void ViewCatalog::remember(const std::string& view_id, ViewStatePtr state) {
  std::unique_lock<std::shared_mutex> lock(mutex_);
  views_[view_id] = std::move(state);
}

// Every request asks for marks. A store that another process owns changes without this one knowing: nothing of it is remembered.
Result<std::optional<std::string>> ViewCatalog::mark(const std::string& name) {
  if (mode_ != OpenMode::kOwn) return map_->get(Space::kMeta, mark_key(name));
  {
    std::shared_lock lock(marks_mutex_);
    const auto known = marks_.find(name);
    if (known != marks_.end()) return known->second;
  }
  // The lock is held while the store is asked, so that a write cannot come between that and remembering the answer.
  std::unique_lock lock(marks_mutex_);
  GN_ASSIGN(std::optional<std::string> mark, map_->get(Space::kMeta, mark_key(name)));
  marks_[name] = mark;
  return mark;
}

void ViewCatalog::set_mark(const OnlineMark& mark, OrderedMap::Changes* changes) const {
  changes->put(Space::kMeta, mark_key(mark.name), mark.value);
}

Status ViewCatalog::commit(OrderedMap::Changes* changes) {
  uint64_t next = sequence_ + 1;
  changes->put(Space::kMeta, kFormatKey, bytes_of(kFormat));
  changes->put(Space::kMeta, kSequenceKey, bytes_of(next));
  const Status status = map_->apply(changes);
  {
    std::unique_lock lock(marks_mutex_);
    marks_.clear();
  }
  GN_TRY(status);
  sequence_ = next;
  return Status();
}

Status ViewCatalog::drop(const std::string& view_id) {
  std::unique_lock<std::shared_mutex> lock(mutex_);
  const std::unique_ptr<OrderedMap::Changes> changes = map_->changes();
  GN_ASSIGN(std::optional<std::string> bytes, map_->get(Space::kMeta, view_key(view_id)));
  if (bytes) {
    if (bytes->size() != kViewStateBytes) return bad_meta(view_key(view_id));
    ViewState state;
    state.number = load_little<uint32_t>(bytes->data());
    changes->remove(Space::kMeta, view_key(view_id));
    changes->remove_range(Space::kRows, state.prefix(), state.end());
  }
  // Its marks are named "<view_id>|…"; '}' is the byte after '|'.
  changes->remove_range(Space::kMeta, mark_key(view_id) + "|", mark_key(view_id) + "}");
  GN_TRY(commit(changes.get()));
  views_.erase(view_id);
  return Status();
}

}  // namespace gnomon
