// KeyRing: the API keys of one moment, found by what a caller sends. Asking it reads no file.
// Thread-safety: immutable once loaded.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "access/api_keys.h"

namespace gnomon {

class KeyRing {
 public:
  explicit KeyRing(std::vector<ApiKey> keys);

  // Who has this key. ERRORS: GN641 Unauthenticated for one that is unknown, expired or revoked; never says more than that to the
  // caller of an unknown one, and never repeats the key.
  Result<std::shared_ptr<const Principal>> find(std::string_view text, TimeUs now_us) const;

  size_t size() const { return by_hash_.size(); }

 private:
  struct Entry {
    Sha256 hash;
    TimeUs expires_us;
    TimeUs revoked_us;
    std::shared_ptr<const Principal> principal;  // shared: with the calls that are being answered
  };
  // By the hash's first bytes. That a look-up takes longer for some hashes tells nothing: nobody can choose what a key hashes to.
  std::unordered_multimap<uint64_t, Entry> by_hash_;
};

}  // namespace gnomon
