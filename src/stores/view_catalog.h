// The views of an embedded store (view_state.h), by id.
// Small values of the kMeta space live here too: marks, the write sequence, the store's format.
// Thread-safety: find and mark from any thread; the rest from one at a time, beside readers.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "gnomon/online_store.h"
#include "stores/ordered_map.h"
#include "stores/view_state.h"

namespace gnomon {

class ViewCatalog {
 public:
  ViewCatalog(OrderedMap* map, OpenMode mode) : map_(map), mode_(mode) {}

  // Reads what open needs: ERRORS: GN518 FailedPrecondition for a store written by a newer Gnomon.
  Status load();
  uint64_t sequence() const { return sequence_; }

  // Null if nothing was ever written under this id. ERRORS: GN513 FailedPrecondition if the view's rows were written under
  // another schema or serving lag: what was kept depends on both.
  Result<ViewStatePtr> find(const OnlineViewSpec& view);

  // The view, a new one if need be; then `changes` records it, and remember() makes it known once they are applied.
  Result<ViewStatePtr> find_or_add(const OnlineViewSpec& view, OrderedMap::Changes* changes);
  void remember(const std::string& view_id, ViewStatePtr state);

  Result<std::optional<std::string>> mark(const std::string& name);
  void set_mark(const OnlineMark& mark, OrderedMap::Changes* changes) const;

  // Stamps `changes` with the next sequence number and applies them.
  Status commit(OrderedMap::Changes* changes);

  // Removes the view's rows, marks and number in one step.
  Status drop(const std::string& view_id);

 private:
  OrderedMap* map_;
  OpenMode mode_;
  std::atomic<uint64_t> sequence_{0};
  std::shared_mutex mutex_;
  std::map<std::string, ViewStatePtr> views_;  // those that were used since the store was opened
  std::shared_mutex marks_mutex_;
  std::unordered_map<std::string, std::optional<std::string>> marks_;  // those that were read since the last write
};

}  // namespace gnomon
