#include "stores/redis/window_members.h"

#include <fmt/format.h>

#include "stores/entry_checksum.h"
#include "stores/sorted_bytes.h"
#include "stores/value_bytes.h"

namespace gnomon {
namespace {

constexpr char kRecord = 'r';
constexpr size_t kChecksumBytes = 4;

uint32_t checksum(std::string_view key, std::string_view covered) { return entry_checksum(key, covered); }

}  // namespace

std::string window_place(uint8_t level, TimeUs start) {
  std::string place(kWindowPlaceBytes, kRecord);
  place[1] = static_cast<char>(level);
  store_big(place.data() + 2, static_cast<uint64_t>(start) ^ kSignBit64);
  return place;
}

std::string after_window_place(std::string place) {
  for (size_t i = place.size(); i-- > 0;) {
    if (++reinterpret_cast<unsigned char&>(place[i]) != 0) return place;
  }
  return place;  // not reached: the first byte is a letter
}

std::string window_member(std::string_view key, const WindowRecord& record) {
  std::string member = window_place(record.level, record.start) + record.bytes;
  const uint32_t sum = checksum(key, member);
  member.resize(member.size() + kChecksumBytes);
  store_little(member.data() + member.size() - kChecksumBytes, sum);
  return member;
}

TimeUs window_member_start(std::string_view member) {
  return member.size() < kWindowPlaceBytes ? 0 : static_cast<TimeUs>(load_big<uint64_t>(member.data() + 2) ^ kSignBit64);
}

Result<WindowMember> parse_window_member(std::string_view key, std::string_view member) {
  if (member.size() > kWindowPlaceBytes + kChecksumBytes && member[0] == kRecord) {
    const std::string_view covered = member.substr(0, member.size() - kChecksumBytes);
    if (load_little<uint32_t>(member.data() + covered.size()) == checksum(key, covered))
      return WindowMember{static_cast<uint8_t>(member[1]), window_member_start(member), covered.substr(kWindowPlaceBytes)};
  }
  return Status(Code::kDataLoss, "GN511",
                fmt::format("the window record at {} us in Redis is corrupt: its checksum does not match",
                            window_member_start(member)),
                "Nothing of it was served. Materialize the view again");
}

}  // namespace gnomon
