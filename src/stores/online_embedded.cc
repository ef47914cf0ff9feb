// The OnlineStore in a folder, over an OrderedMap: RocksDB, or SQLite for small set-ups. Formats: docs/internals/online-store.md; rules of keeping: version_merge.h.
#include <mutex>

#include <arrow/record_batch.h>

#include "gnomon/online_store.h"
#include "stores/entity_compact.h"
#include "stores/entity_key.h"
#include "stores/entity_merge.h"
#include "stores/incoming_rows.h"
#include "stores/ordered_map.h"
#include "stores/row_lookup.h"
#include "stores/store_owner.h"
#include "stores/version_record.h"
#include "stores/view_catalog.h"
#include "stores/window_records.h"

namespace gnomon {
namespace {

class EmbeddedOnlineStore : public OnlineStore {
 public:
  EmbeddedOnlineStore(std::string folder, OpenMode mode, Env* env, std::unique_ptr<OrderedMap> map)
      : folder_(std::move(folder)),
        mode_(mode),
        env_(env),
        map_(std::move(map)),
        catalog_(map_.get(), mode),
        windows_(map_.get(), &catalog_, &write_mutex_, {folder_, mode, env}) {}

  ~EmbeddedOnlineStore() override {
    // Before the lock goes: afterwards the file may be that of the next owner.
    if (mode_ == OpenMode::kOwn) forget_owner(folder_, env_);
  }

  Status load() {
    if (mode_ == OpenMode::kOwn) record_owner(folder_, env_);
    return catalog_.load();
  }

  Status write(const OnlineViewSpec& view, const arrow::RecordBatchVector& rows, TimeUs now,
               const std::vector<OnlineMark>& marks) override {
    GN_TRY(check_writable());
    GN_ASSIGN(IncomingRows incoming, IncomingRows::make(view, rows));
    std::optional<TimeUs> cutoff;
    if (view.as_of_retention_us >= 0) cutoff = subtract_times(now, view.as_of_retention_us);
    GN_ASSIGN(IncomingEntities entities, IncomingEntities::gather(view, incoming, cutoff));

    std::lock_guard<std::mutex> lock(write_mutex_);
    const std::unique_ptr<OrderedMap::Changes> changes = map_->changes();
    GN_ASSIGN(ViewStatePtr state, catalog_.find_or_add(view, changes.get()));
    GN_TRY(merge_entities(*map_, *state, incoming, entities, cutoff, changes.get()));
    for (const OnlineMark& mark : marks) catalog_.set_mark(mark, changes.get());
    env_->kill_point("store.before_write");
    GN_TRY(catalog_.commit(changes.get()));
    env_->kill_point("store.after_write");
    catalog_.remember(view.id, std::move(state));
    return Status();
  }

  Result<OnlineRows> read(const OnlineViewSpec& view, const arrow::RecordBatch& keys, TimeUs t) override {
    EntityKeys entities;
    GN_TRY(encode_entity_keys(*view.keys, keys, &entities));
    GN_ASSIGN(ViewStatePtr state, catalog_.find(view));
    return look_up_rows(*map_, state.get(), view, entities, t);
  }

  Result<int64_t> compact(const OnlineViewSpec& view, TimeUs as_of, const std::vector<OnlineMark>& marks) override {
    GN_TRY(check_writable());
    GN_TRY(write(view, {}, as_of, marks));
    GN_ASSIGN(ViewStatePtr state, catalog_.find(view));
    int64_t removed = 0;
    for (std::optional<std::string> from = ""; from.has_value();) {
      std::lock_guard<std::mutex> lock(write_mutex_);  // other writes come in between
      const std::unique_ptr<OrderedMap::Changes> changes = map_->changes();
      GN_ASSIGN(CompactedEntities done, compact_entities(*map_, view, *state, as_of, *from, changes.get()));
      env_->kill_point("store.before_write");
      if (done.removed > 0) GN_TRY(catalog_.commit(changes.get()));
      env_->kill_point("store.after_write");
      removed += done.removed;
      from = std::move(done.next);
    }
    if (removed > 0) map_->reclaim(OrderedMap::Space::kRows, state->prefix(), state->end());
    return removed;
  }

  Result<std::optional<std::string>> get_mark(const std::string& name) override { return catalog_.mark(name); }

  Status drop_view(const std::string& view_id) override {
    GN_TRY(check_writable());
    std::lock_guard<std::mutex> lock(write_mutex_);
    return catalog_.drop(view_id);
  }

  WindowStore* windows() override { return &windows_; }

  uint64_t sequence() override { return catalog_.sequence(); }

 private:
  Status check_writable() const { return gnomon::check_writable(folder_, mode_); }

  std::string folder_;
  OpenMode mode_;
  Env* env_;
  std::unique_ptr<OrderedMap> map_;
  ViewCatalog catalog_;
  std::mutex write_mutex_;
  WindowRecords windows_;
};

}  // namespace

namespace {

using OpenMap = Result<std::unique_ptr<OrderedMap>> (*)(const std::string& folder, OpenMode mode);

Result<std::unique_ptr<OnlineStore>> open_store(OpenMap open_map, const std::string& path, OpenMode mode, Env* env) {
  if (mode == OpenMode::kOwn) GN_TRY(env->make_dirs(path));
  Result<std::unique_ptr<OrderedMap>> map = open_map(path, mode);
  if (!map.ok() && map.status().info().id == "GN510") return owned_by_another(path, env);
  if (!map.ok()) return map.status();
  auto store = std::make_unique<EmbeddedOnlineStore>(path, mode, env, std::move(*map));
  GN_TRY(store->load());
  return std::unique_ptr<OnlineStore>(std::move(store));
}

}  // namespace

Result<std::unique_ptr<OnlineStore>> open_embedded_online_store(const std::string& path, OpenMode mode, Env* env) {
  return open_store(open_rocksdb_map, path, mode, env);
}

Result<std::unique_ptr<OnlineStore>> open_sqlite_online_store(const std::string& path, OpenMode mode, Env* env) {
  return open_store(open_sqlite_map, path, mode, env);
}

}  // namespace gnomon
