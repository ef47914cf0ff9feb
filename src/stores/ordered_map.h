// OrderedMap: a durable map of sorted byte strings in a folder, changed by atomic, synced batches. It is RocksDB, whose
// headers appear in ordered_map_rocksdb.cc only; what the bytes mean is not known here.
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

  // Opens the folder, and makes it for OpenMode::kOwn. Further ERRORS: GN510 FailedPrecondition when another process owns
  // it; GN516 NotFound when there is nothing to open read-only.
  static Result<std::unique_ptr<OrderedMap>> open(const std::string& folder, OpenMode mode);
  ~OrderedMap();

  // A batch of changes. Later ones win over earlier ones.
  class Changes {
   public:
    Changes(Changes&&) noexcept;
    ~Changes();
    void put(Space space, std::string_view key, std::string_view value);
    void remove(Space space, std::string_view key);
    // Removes [begin, end).
    void remove_range(Space space, std::string_view begin, std::string_view end);
    size_t size_bytes() const;

   private:
    friend class OrderedMap;
    struct Impl;
    explicit Changes(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
  };
  Changes changes() const;

  // kWholeSpace may walk from key to key; kOneEntity sees only keys that share the sought key's prefix, and is quicker.
  enum class Reach { kWholeSpace, kOneEntity };

  // Walks a space in key order, as it was when the cursor was made.
  class Cursor {
   public:
    Cursor(Cursor&&) noexcept;
    ~Cursor();
    // To the first key >= `key`.
    void seek(std::string_view key);
    // The same, for a `key` that lies ahead of where the cursor is, and quicker when it is near.
    void advance_to(std::string_view key);
    // To the last key < `key`.
    void seek_before(std::string_view key);
    void next();
    void previous();
    bool valid() const;
    // Both until the cursor moves. REQUIRES: valid()
    std::string_view key() const;
    std::string_view value() const;
    // Why the cursor became invalid: ok at the end of the space.
    Status status() const;

   private:
    friend class OrderedMap;
    struct Impl;
    explicit Cursor(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
  };

  Cursor cursor(Space space, Reach reach) const;
  Result<std::optional<std::string>> get(Space space, std::string_view key) const;

  // Makes all changes durable in one step. REQUIRES: opened as kOwn, and the changes came from this map.
  // ERRORS: GN517 InvalidArgument for more bytes than one batch can hold.
  Status apply(Changes* changes);

  // Makes all changes at once, but durable only when flush() was called: for many that can be made again.
  // REQUIRES, ERRORS: as apply.
  Status apply_unsynced(Changes* changes);
  Status flush(Space space);

  // Asks for the disk space of [begin, end), from which everything was removed, some time soon.
  void reclaim(Space space, std::string_view begin, std::string_view end);

 private:
  enum class Log { kSynced, kNone };
  Status write(Changes* changes, Log log);

  struct Impl;
  explicit OrderedMap(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gnomon
