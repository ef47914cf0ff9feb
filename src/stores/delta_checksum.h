// A checksum within each log entry that we write: commitInfo, whose content Delta leaves to the writer, carries the hash of
// the whole entry, computed with zeros in its own place. A flipped or missing byte anywhere in the entry is then found
// before it is believed.
// Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gnomon {

inline constexpr const char* kDeltaEngineName = "gnomon";
inline constexpr const char* kDeltaChecksumKey = "gnomonChecksum";
inline constexpr size_t kDeltaChecksumDigits = 32;

// Puts the checksum into its place. REQUIRES: `entry` has the checksum's key with kDeltaChecksumDigits zeros.
void seal_delta_entry(std::string* entry);

// False if the entry is ours and not as it was written. Entries of other writers have no checksum and pass.
bool delta_entry_is_intact(std::string_view entry);

}  // namespace gnomon
