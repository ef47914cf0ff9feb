// Window records as members of a sorted set, all of score 0, so that they lie in the order of their bytes: by level, then by time.
//
//   'r' | level u8 | start i64 big endian, sign bit flipped | record | checksum u32 over Redis's key, these ten bytes and the record
//   's' | sequence of the entity's last write, in decimal: the last member
//
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "gnomon/window_store.h"

namespace gnomon {

inline constexpr size_t kWindowPlaceBytes = 10;  // kind, level, start

// The first bytes of a member: those of one level and start, and so the least member of all that start there or later.
std::string window_place(uint8_t level, TimeUs start);
// The least string that is greater than every string that begins with `place`.
std::string after_window_place(std::string place);

std::string window_member(std::string_view key, const WindowRecord& record);

struct WindowMember {
  uint8_t level = 0;
  TimeUs start = 0;
  std::string_view bytes;
};
// ERRORS: GN511 for a member that is not as it was written.
Result<WindowMember> parse_window_member(std::string_view key, std::string_view member);
// What the start of a member says, without a look at the rest.
TimeUs window_member_start(std::string_view member);

}  // namespace gnomon
