// OrderedMap: a durable map of sorted byte strings in a folder, changed by atomic, synced batches. One implementation a file:
// ordered_map_rocksdb.cc and ordered_map_sqlite.cc; what the bytes mean is not known here.
//
// Three spaces of keys share one database, so that a change of all is one step: kMeta for a few small values, kRows for
// versions of entities (keys end in kVersionKeyBytes, and those before them are the prefix that filters are built on),
// kWindows for window records (window_key.h says what their prefix is).
//
// ERRORS of every call: GN501 ResourceExhausted when the disk is full (nothing changed; reads go on; a later change tries
// again), GN511 DataLoss for corrupt files, GN512 Unavailable for another failure of the disk.
// Thread-safety: get and cursors from any thread; apply from one at a time. A cursor is used by one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gnomon/online_store.h"
#include "gnomon/status.h"

namespace gnomon {

class OrderedMap {
 public:
  enum class Space { kMeta, kRows, kWindows };

  virtual ~OrderedMap() = default;

  // A batch of changes. Later ones win over earlier ones.
  class Changes {
   public:
    virtual ~Changes() = default;
    virtual void put(Space space, std::string_view key, std::string_view value) = 0;
    virtual void remove(Space space, std::string_view key) = 0;
    // Removes [begin, end).
    virtual void remove_range(Space space, std::string_view begin, std::string_view end) = 0;
    virtual size_t size_bytes() const = 0;
  };
  virtual std::unique_ptr<Changes> changes() const = 0;

  // kWholeSpace may walk from key to key; kOneEntity need not find keys beyond those that share the sought key's prefix, and is
  // quicker.
  enum class Reach { kWholeSpace, kOneEntity };

  // Walks a space in key order, as it was when the cursor was made.
  class Cursor {
   public:
    virtual ~Cursor() = default;
    // To the first key >= `key`.
    virtual void seek(std::string_view key) = 0;
    // The same, for a `key` that lies ahead of where the cursor is, and quicker when it is near.
    virtual void advance_to(std::string_view key) = 0;
    // To the last key < `key`.
    virtual void seek_before(std::string_view key) = 0;
    virtual void next() = 0;
    virtual void previous() = 0;
    virtual bool valid() const = 0;
    // Both until the cursor moves. REQUIRES: valid()
    virtual std::string_view key() const = 0;
    virtual std::string_view value() const = 0;
    // Why the cursor became invalid: ok at the end of the space.
    virtual Status status() const = 0;
  };
  virtual std::unique_ptr<Cursor> cursor(Space space, Reach reach) const = 0;
  virtual Result<std::optional<std::string>> get(Space space, std::string_view key) const = 0;

  // Makes all changes durable in one step. REQUIRES: opened as kOwn, and the changes came from this map.
  // ERRORS: GN517 InvalidArgument for more bytes than one batch can hold.
  virtual Status apply(Changes* changes) = 0;

  // Makes all changes at once, but durable only when flush() was called: for many that can be made again.
  // REQUIRES, ERRORS: as apply.
  virtual Status apply_unsynced(Changes* changes) = 0;
  virtual Status flush(Space space) = 0;

  // Asks for the disk space of [begin, end), from which everything was removed, some time soon.
  virtual void reclaim(Space space, std::string_view begin, std::string_view end) = 0;
};

// Each opens the folder, and makes it for OpenMode::kOwn. Further ERRORS: GN510 FailedPrecondition when another process owns it;
// GN516 NotFound when there is nothing to open read-only.
Result<std::unique_ptr<OrderedMap>> open_rocksdb_map(const std::string& folder, OpenMode mode);
Result<std::unique_ptr<OrderedMap>> open_sqlite_map(const std::string& folder, OpenMode mode);

}  // namespace gnomon
