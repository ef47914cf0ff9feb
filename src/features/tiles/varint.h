// Variable-length integers: seven bits a byte, lowest first; the high bit says that more follow. Signed ones are written as their
// distance from zero, 0, -1, 1, -2 …, so that small ones of either sign are short.
// Thread-safety: pure functions; a reader is a value.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace gnomon {

inline void put_varint(uint64_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

inline uint64_t zigzag(int64_t value) { return (static_cast<uint64_t>(value) << 1) ^ (value < 0 ? ~uint64_t{0} : 0); }
inline int64_t unzigzag(uint64_t value) { return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1)); }

// Reads records. Every call says whether the bytes were there; none reads past them.
class RecordReader {
 public:
  explicit RecordReader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool read_varint(uint64_t* value) {
    if (at_ != end_ && static_cast<uint8_t>(*at_) < 0x80) {
      *value = static_cast<uint8_t>(*at_++);
      return true;
    }
    uint64_t result = 0;
    for (int shift = 0; shift < 64 && at_ != end_; shift += 7) {
      const uint64_t byte = static_cast<uint8_t>(*at_++);
      if (shift == 63 && byte > 1) return false;
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        *value = result;
        return true;
      }
    }
    return false;
  }

  template <class Word>
  bool read_fixed(Word* value) {
    if (remaining() < sizeof(Word)) return false;
    std::memcpy(value, at_, sizeof(Word));
    at_ += sizeof(Word);
    return true;
  }

  // A view of the next `size_bytes` bytes.
  bool read_bytes(uint64_t size_bytes, std::string_view* bytes) {
    if (remaining() < size_bytes) return false;
    *bytes = {at_, static_cast<size_t>(size_bytes)};
    at_ += size_bytes;
    return true;
  }

  size_t remaining() const { return static_cast<size_t>(end_ - at_); }

 private:
  const char* at_;
  const char* end_;
};

}  // namespace gnomon
