// The OnlineStore in Redis. What lies where and why: docs/decisions/redis.md; rules of keeping: version_merge.h.
#include <algorithm>
#include <mutex>

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "gnomon/redis_store.h"
#include "gnomon/window_store.h"
#include "stores/owner_lock.h"
#include "stores/redis/meta.h"
#include "stores/redis/rows.h"
#include "stores/redis/servers.h"
#include "stores/redis/window_reader.h"
#include "stores/redis/windows.h"
#include "stores/store_owner.h"

namespace gnomon {
namespace {

class RedisOnlineStore : public OnlineStore {
 public:
  RedisOnlineStore(const RedisOptions& options, std::string folder, OpenMode mode, Env* env, OwnerLock lock,
                   std::unique_ptr<RedisServers> servers)
      : prefix_(options.key_prefix),
        folder_(std::move(folder)),
        mode_(mode),
        env_(env),
        lock_(std::move(lock)),
        servers_(std::move(servers)),
        meta_(servers_.get(), prefix_),
        rows_(servers_.get(), &meta_, prefix_, env),
        windows_(servers_.get(), &meta_, prefix_, &write_mutex_, {folder_, mode, env}) {}

  ~RedisOnlineStore() override {
    if (mode_ == OpenMode::kOwn) forget_owner(folder_, env_);
  }

  Status load() {
    GN_TRY(meta_.load());
    if (mode_ != OpenMode::kOwn) return Status();
    record_owner(folder_, env_);
    GN_TRY(meta_.become_writer());
    std::lock_guard lock(write_mutex_);
    GN_TRY(windows_.finish_pending());
    for (const std::string& what : meta_.dropping()) GN_TRY(sweep_redis_keys(servers_.get(), &meta_, prefix_, what));
    return meta_.load();  // with what was finished just now
  }

  Status write(const OnlineViewSpec& view, const arrow::RecordBatchVector& rows, TimeUs now,
               const std::vector<OnlineMark>& marks) override {
    GN_TRY(check_writable(folder_, mode_));
    std::lock_guard lock(write_mutex_);
    env_->kill_point("store.before_write");
    GN_TRY(rows_.write(view, rows, now));
    // Marks come when all rows are there: where this ends before, they say less than is true, and the next run merges rows that
    // change nothing.
    env_->kill_point("redis.after_rows");
    GN_TRY(meta_.commit(marks).status());
    env_->kill_point("store.after_write");
    return Status();
  }

  Result<OnlineRows> read(const OnlineViewSpec& view, const arrow::RecordBatch& keys, TimeUs t) override {
    const OnlineQuery query{&view, &keys};
    GN_ASSIGN(std::vector<OnlineRows> answers, read_together({&query, 1}, {}, t));
    return std::move(answers[0]);
  }

  Result<std::vector<OnlineRows>> read_together(std::span<const OnlineQuery> rows, std::span<const WindowQuery> windows,
                                                TimeUs t) override {
    RedisBatch batch = servers_->batch();
    std::vector<RedisRows::Read> reads;
    for (const OnlineQuery& query : rows) {
      GN_ASSIGN(RedisRows::Read read, RedisRows::Read::begin(rows_, query, &batch));
      reads.push_back(std::move(read));
    }
    std::vector<RedisWindowReader*> readers;
    for (const WindowQuery& query : windows) {
      readers.push_back(static_cast<RedisWindowReader*>(query.reader));
      readers.back()->add_to(&batch, query.fetches);
    }
    const size_t asked = batch.size();
    if (!servers_->is_cluster()) {
      for (RedisWindowReader* reader : readers) {
        if (reader->takes_check()) reader->add_check_to(&batch);
      }
    }
    std::vector<RedisAnswer> answers = servers_->run(batch, RedisPatience::kAnswer);
    GN_TRY(all_failed(answers, asked));
    std::vector<OnlineRows> found;
    for (RedisRows::Read& read : reads) {
      GN_ASSIGN(OnlineRows one, read.finish(answers, t, env_->now_us()));
      found.push_back(std::move(one));
    }
    for (RedisWindowReader* reader : readers) {
      reader->take(&answers);
      reader->check_if_missing();
    }
    return found;
  }

  Result<std::optional<std::string>> get_mark(const std::string& name) override {
    if (mode_ == OpenMode::kOwn) {
      std::lock_guard lock(write_mutex_);
      GN_TRY(windows_.finish_pending());
    }
    return meta_.mark(name);
  }

  Result<std::optional<std::string>> recent_mark(const std::string& name) override { return meta_.recent_mark(name); }

  Status drop_view(const std::string& view_id) override {
    GN_TRY(check_writable(folder_, mode_));
    std::lock_guard lock(write_mutex_);
    GN_ASSIGN(std::optional<uint32_t> number, meta_.drop_view(view_id));
    return number ? sweep_redis_keys(servers_.get(), &meta_, prefix_, fmt::format("r{}", *number)) : Status();
  }

  WindowStore* windows() override { return &windows_; }

  uint64_t sequence() override { return meta_.sequence(); }

 private:
  // Not ok if none of the first `asked` answers is there because nodes are down: then nothing can be told.
  static Status all_failed(const std::vector<RedisAnswer>& answers, size_t asked) {
    const auto end = answers.begin() + static_cast<ptrdiff_t>(asked);
    const bool any = std::any_of(answers.begin(), end,
                                 [](const RedisAnswer& answer) { return answer.status.code() != Code::kUnavailable; });
    return asked == 0 || any ? Status() : answers[0].status;
  }

  std::string prefix_;
  std::string folder_;
  OpenMode mode_;
  Env* env_;
  OwnerLock lock_;
  std::unique_ptr<RedisServers> servers_;
  RedisMeta meta_;
  std::mutex write_mutex_;
  RedisRows rows_;
  RedisWindows windows_;
};

Status check_prefix(const std::string& prefix) {
  const bool is_plain = !prefix.empty() && std::all_of(prefix.begin(), prefix.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-.:").find(c) != std::string_view::npos;
  });
  if (is_plain) return Status();
  return Status(Code::kInvalidArgument, "GN532", fmt::format("\"{}\" is no prefix for keys in Redis", prefix),
                "Use letters, digits and any of _-.:");
}

}  // namespace

Result<std::unique_ptr<OnlineStore>> open_redis_online_store(const RedisOptions& options, const std::string& folder,
                                                             OpenMode mode, Env* env) {
  GN_TRY(check_prefix(options.key_prefix));
  OwnerLock lock;
  if (mode == OpenMode::kOwn) {
    GN_TRY(env->make_dirs(folder));
    Result<OwnerLock> taken = OwnerLock::take(folder);
    if (!taken.ok()) return owned_by_another(folder, env);
    lock = std::move(*taken);
  }
  GN_ASSIGN(std::unique_ptr<RedisServers> servers, RedisServers::open(options));
  auto store = std::make_unique<RedisOnlineStore>(options, folder, mode, env, std::move(lock), std::move(servers));
  GN_TRY(store->load());
  return std::unique_ptr<OnlineStore>(std::move(store));
}

}  // namespace gnomon
