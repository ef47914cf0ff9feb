// The WindowStore of the embedded database: docs/internals/online-store.md describes the bytes.
// Ownership: map, catalog, mutex and env belong to the online store that it is part of.
// Thread-safety: as WindowStore.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "gnomon/window_store.h"
#include "stores/ordered_map.h"
#include "stores/view_catalog.h"
#include "stores/write_versions.h"

namespace gnomon {

class WindowRecords : public WindowStore {
 public:
  struct Place {
    std::string folder;
    OpenMode mode;
    Env* env;
  };

  WindowRecords(OrderedMap* map, ViewCatalog* catalog, std::mutex* write_mutex, Place place)
      : map_(map), catalog_(catalog), write_mutex_(write_mutex), place_(std::move(place)) {}

  Status write_records(const std::string& name_space, std::span<const WindowRecord> records,
                       const std::vector<OnlineMark>& marks) override;
  Status load_records(const std::string& name_space, std::span<const WindowRecord> records) override;
  Status flush_records(const std::string& name_space) override;
  Result<std::unique_ptr<WindowReader>> reader(const std::string& name_space) const override;
  Status scan_records(const std::string& name_space, std::string_view entity, uint8_t level, TimeUs from, TimeUs to,
                      bool descending, const WindowRecordFn& fn) const override;
  std::optional<uint64_t> version(std::string_view entity) const override;
  Result<int64_t> remove_before(const std::string& name_space, std::span<const TimeUs> before) override;
  Status drop_records(const std::string& name_space) override;

 private:
  // Looks at some thousand records, those from the key `*next` on, removes what is to go, and moves `*next`; empty when all were seen.
  Result<int64_t> remove_some_before(uint32_t number, std::span<const TimeUs> before, std::string* next);
  // The number that stands for a namespace in keys. Nothing: it has no records.
  Result<std::optional<uint32_t>> find(const std::string& name_space) const;
  // The same; if there is none, a new one that `changes` records. remember() makes it known once they are applied.
  Result<uint32_t> find_or_add(const std::string& name_space, OrderedMap::Changes* changes);
  void remember(const std::string& name_space, uint32_t number);

  OrderedMap* map_;
  ViewCatalog* catalog_;
  std::mutex* write_mutex_;
  Place place_;
  WriteVersions versions_;
  mutable std::shared_mutex mutex_;
  mutable std::map<std::string, uint32_t> numbers_;  // those that were used since the store was opened
};

}  // namespace gnomon
