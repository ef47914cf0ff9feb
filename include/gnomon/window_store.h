// WindowStore: what aggregated views keep for online reads: records of an entity, ordered by level and start time. What is in a
// record is the business of src/features/tiles; a store keeps bytes.
//
// A namespace is one generation of one state. A new one is loaded aside and becomes visible by a mark in one atomic write; the old
// one serves until then and is dropped afterwards.
// Thread-safety: all methods may be called from any thread; writes to one namespace come from one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gnomon/env.h"
#include "gnomon/online_store.h"
#include "gnomon/status.h"

namespace gnomon {

struct WindowRecord {
  std::string entity;  // encoded join keys, opaque
  uint8_t level = 0;
  TimeUs start = 0;
  std::string bytes;  // empty: the record is removed
};

// false stops the scan.
using WindowRecordFn = std::function<bool(TimeUs start, std::string_view bytes)>;

// Records of one level with start in [from, to); if `newest` is not 0, at least the newest so many of them.
struct RecordRange {
  uint8_t level = 0;
  TimeUs from = 0;
  TimeUs to = 0;
  uint32_t newest = 0;
};

// What will be scanned of one entity.
struct WindowFetch {
  std::string_view entity;
  std::span<const RecordRange> ranges;
};

// A namespace as it was at one instant, for reads that take several scans: no write comes between them.
// Across a network that holds for each entity by itself, from its first scan or prefetch on; where the store cannot keep it up,
// the scan fails with Aborted (GN533), and a new reader is to be tried.
// Thread-safety: one thread. It must not outlive the store, and keeps dropped records on disk as long as it lives.
class WindowReader {
 public:
  virtual ~WindowReader() = default;

  // Gets records of many entities ready at once. A hint: scans find the rest by themselves, and what went wrong with an entity is
  // said by its scans.
  virtual Status prefetch(std::span<const WindowFetch> /*fetches*/) { return Status(); }

  // An entity's records of one level with start in [from, to): ascending, or descending from the newest.
  // REQUIRES: `fn` begins no other scan.
  // ERRORS: GN511 DataLoss for a record that is not as it was written; GN530 Unavailable, GN533 Aborted across a network.
  virtual Status scan(std::string_view entity, uint8_t level, TimeUs from, TimeUs to, bool descending,
                      const WindowRecordFn& fn) = 0;
};

struct WindowQuery {
  WindowReader* reader;
  std::span<const WindowFetch> fetches;
};

class WindowStore {
 public:
  virtual ~WindowStore() = default;

  // Puts `records` and sets `marks` in one atomic, durable step. ERRORS: GN501 when the disk is full: nothing changed.
  // Across a network a write that failed half-way is completed before the next one, and before get_mark() answers.
  virtual Status write_records(const std::string& name_space, std::span<const WindowRecord> records,
                               const std::vector<OnlineMark>& marks) = 0;

  // Adds records to a namespace that no reader knows yet: many at a time, not atomic. flush_records() makes all of them durable.
  virtual Status load_records(const std::string& name_space, std::span<const WindowRecord> records) = 0;
  virtual Status flush_records(const std::string& name_space) = 0;

  // Of a namespace that nothing was written to: a reader that finds nothing.
  virtual Result<std::unique_ptr<WindowReader>> reader(const std::string& name_space) const = 0;

  // One scan by a reader of its own.
  virtual Status scan_records(const std::string& name_space, std::string_view entity, uint8_t level, TimeUs from, TimeUs to,
                              bool descending, const WindowRecordFn& fn) const = 0;

  // Tells those who keep records in memory whether these still hold: the same number before a reader was made and after it was used
  // says that nothing of the entity was written in between. None: a write is under way, or the store cannot tell.
  virtual std::optional<uint64_t> version(std::string_view /*entity*/) const { return std::nullopt; }

  // Removes the records of each level l that start before `before[l]`, which no read needs any more: in many steps, beside readers.
  // How many went.
  virtual Result<int64_t> remove_before(const std::string& name_space, std::span<const TimeUs> before) = 0;

  // Removes every record. Idempotent.
  virtual Status drop_records(const std::string& name_space) = 0;
};

}  // namespace gnomon
