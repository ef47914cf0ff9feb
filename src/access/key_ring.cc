#include "access/key_ring.h"

#include <cstring>
#include <limits>

#include <fmt/format.h>

namespace gnomon {
namespace {

constexpr TimeUs kNever = std::numeric_limits<TimeUs>::max();

uint64_t place_of(const Sha256& hash) {
  uint64_t place = 0;
  std::memcpy(&place, hash.data(), sizeof place);
  return place;
}

}  // namespace

KeyRing::KeyRing(std::vector<ApiKey> keys) {
  for (ApiKey& key : keys) {
    auto principal = std::make_shared<Principal>(Principal{"key " + key.name, {std::move(key.grants)}});
    by_hash_.emplace(place_of(key.hash), Entry{key.hash, key.expires_us.value_or(kNever), key.revoked_us.value_or(kNever),
                                               std::move(principal)});
  }
}

Result<std::shared_ptr<const Principal>> KeyRing::find(std::string_view text, TimeUs now_us) const {
  Sha256 hash = sha256(text);
  auto [first, last] = by_hash_.equal_range(place_of(hash));
  for (auto it = first; it != last; ++it) {
    const Entry& entry = it->second;
    if (!equal_in_constant_time(entry.hash, hash)) continue;
    auto refused = [&](const char* why) {
      return Status(Code::kUnauthenticated, "GN641", fmt::format("{} {}", entry.principal->name, why), "Ask for a new key");
    };
    if (entry.revoked_us != kNever) return refused("was revoked");
    if (now_us >= entry.expires_us) return refused("has expired");
    return entry.principal;
  }
  return Status(Code::kUnauthenticated, "GN641", "no such key", "`gnomon key create NAME --role reader` makes one");
}

}  // namespace gnomon
