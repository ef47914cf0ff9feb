#include "stores/delta_checksum.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "gnomon/status.h"

namespace gnomon {
namespace {

// Quotes inside a JSON string are escaped, so this cannot occur within a value.
std::string marker() { return fmt::format("\"{}\":\"", kDeltaChecksumKey); }

// Where the checksum's digits begin; npos if there are none.
size_t digits_at(std::string_view entry) {
  size_t at = entry.find(marker());
  if (at == std::string_view::npos || at + marker().size() + kDeltaChecksumDigits > entry.size())
    return std::string_view::npos;
  return at + marker().size();
}

std::string checksum_of(std::string_view entry, size_t at) {
  std::string zeroed(entry);
  zeroed.replace(at, kDeltaChecksumDigits, kDeltaChecksumDigits, '0');
  return hash128_hex(zeroed);
}

}  // namespace

void seal_delta_entry(std::string* entry) {
  size_t at = digits_at(*entry);
  GN_ASSERT(at != std::string::npos);
  entry->replace(at, kDeltaChecksumDigits, checksum_of(*entry, at));
}

bool delta_entry_is_intact(std::string_view entry) {
  size_t at = digits_at(entry);
  if (at != std::string_view::npos) return entry.substr(at, kDeltaChecksumDigits) == checksum_of(entry, at);
  // Ours, with the checksum's key damaged?
  return entry.find(fmt::format("\"engineInfo\":\"{}\"", kDeltaEngineName)) == std::string_view::npos;
}

}  // namespace gnomon
