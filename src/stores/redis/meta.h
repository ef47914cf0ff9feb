// The small values of a store, in one Redis hash: which number stands for a view or a namespace, marks, the sequence, who writes.
//
//   format          1                        epoch            how often a writer has opened the store
//   sequence        of the last write        next             the last number given to a view or namespace
//   view|<id>       view_state.h, then i64: from when on (clock) rows may have expired, then i64: the least ttl they were written under
//   windows|<name>  number u32
//   mark|<name>     the mark
//   dropping|<kind><number>   its keys are being removed
//
// Reads use a copy that is at most kMetaMaxAge old; writes of this process are in it at once.
// Thread-safety: all methods may be called from any thread.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "stores/redis/servers.h"
#include "stores/view_state.h"

namespace gnomon {

inline constexpr std::chrono::milliseconds kMetaMaxAge{100};

// A view as it is written in Redis.
struct RedisView {
  ViewStatePtr state;
  TimeUs may_expire_from = kNeverExpires;
  TimeUs least_ttl_us = kNeverExpires;

  static constexpr TimeUs kNeverExpires = INT64_MAX;
};
using RedisViewPtr = std::shared_ptr<const RedisView>;  // shared: a reader may finish with a view that is dropped meanwhile

class RedisMeta {
 public:
  RedisMeta(RedisServers* servers, std::string prefix);

  // Reads everything. ERRORS: GN518 for a store of another format.
  Status load();
  // Becomes the one process that writes marks and windows: every other that did is refused from now on.
  Status become_writer();

  uint64_t sequence() const { return sequence_; }
  const std::string& key() const { return key_; }
  std::string key_of(std::string_view what) const { return key_ + ":" + std::string(what); }  // in the same slot
  const std::string& epoch() const { return epoch_; }

  // Null if nothing was ever written under this id. ERRORS: GN513.
  Result<RedisViewPtr> find_view(const OnlineViewSpec& view);
  Result<RedisViewPtr> find_or_add_view(const OnlineViewSpec& view);
  // Says in advance that rows of the view get a time to live.
  Status expect_expiry(const OnlineViewSpec& view, const RedisView& state, TimeUs from);

  Result<std::optional<uint32_t>> find_namespace(const std::string& name);
  Result<uint32_t> find_or_add_namespace(const std::string& name);
  // Whether the namespace still has that number, in Redis itself.
  void add_namespace_check(const std::string& name, RedisBatch* batch) const;
  static bool is_namespace(const RedisValue& value, uint32_t number);

  Result<std::optional<std::string>> mark(const std::string& name);         // as it is in Redis
  Result<std::optional<std::string>> recent_mark(const std::string& name);  // as it is in the copy

  // Sets marks, moves the sequence on and returns it. Without marks any process may do so. ERRORS: GN531 if another process writes.
  Result<uint64_t> commit(const std::vector<OnlineMark>& marks);
  static void add_mark_fields(const std::vector<OnlineMark>& marks, std::vector<std::string>* fields);
  // What a script wrote; and a sequence that was seen.
  void remember(const std::vector<std::string>& fields);
  void saw_sequence(uint64_t sequence);
  void forget_copy();  // the next look reads again

  // Removes a view with its marks, or a namespace, and notes that its keys are to go.
  // Returns its number, or nothing where there was none.
  Result<std::optional<uint32_t>> drop_view(const std::string& view_id);
  Result<std::optional<uint32_t>> drop_namespace(const std::string& name);
  std::vector<std::string> dropping();  // "<kind><number>"
  Status dropped(const std::string& what);

 private:
  using Fields = std::map<std::string, std::string, std::less<>>;

  // The value of a field in the copy, which is read again if it is too old.
  std::optional<std::string> field(const std::string& name) const;
  Status refresh(RedisPatience patience);
  Status refresh_if_old();
  // Not ok if what the copy lacks may be there by now, because Redis could not be asked.
  Status absence() const;
  Result<std::string> add_number(const std::string& field, std::string_view rest);
  Result<RedisViewPtr> decode(const OnlineViewSpec& view, const std::string& bytes);
  Status drop_fields(const std::string& dropping, const std::vector<std::string>& fields);

  RedisServers* servers_;
  std::string key_;
  std::string epoch_;
  std::atomic<uint64_t> sequence_{0};

  std::mutex refreshing_;
  mutable std::shared_mutex mutex_;  // of all below
  Fields fields_;
  std::atomic<uint64_t> changes_{0};  // by this process
  RedisDeadline read_at_{};
  bool is_known_ = false;
  Status last_refresh_;
  struct Decoded {
    std::string bytes;
    RedisViewPtr view;
  };
  std::map<std::string, Decoded> views_;
};

// GN531, if `status` is what a script says to a process that is no longer the writer.
Status fenced_or(const Status& status);

}  // namespace gnomon
