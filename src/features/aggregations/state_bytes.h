// The bytes of encoded states: fixed width, little endian; a string is its length as uint32, then its bytes.
// Thread-safety: values.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "gnomon/status.h"

namespace gnomon {

static_assert(std::endian::native == std::endian::little, "states are written as they lie in memory");

template <class Number>
requires std::is_arithmetic_v<Number>
void put(Number value, std::string* out) {
  char bytes[sizeof(Number)];
  std::memcpy(bytes, &value, sizeof(Number));
  out->append(bytes, sizeof(Number));
}
// REQUIRES: less than 4 GiB.
inline void put(std::string_view value, std::string* out) {
  put(static_cast<uint32_t>(value.size()), out);
  out->append(value);
}

// Reads what put() wrote. Every read() says whether the bytes were there; it never reads past them.
class StateReader {
 public:
  explicit StateReader(std::string_view bytes) : rest_(bytes) {}

  template <class Number>
  requires std::is_arithmetic_v<Number>
  bool read(Number* value) {
    if (rest_.size() < sizeof(Number)) return false;
    std::memcpy(value, rest_.data(), sizeof(Number));
    rest_.remove_prefix(sizeof(Number));
    return true;
  }
  // The view points into the bytes being read.
  bool read(std::string_view* value) {
    uint32_t size_bytes = 0;
    if (!read(&size_bytes) || rest_.size() < size_bytes) return false;
    *value = rest_.substr(0, size_bytes);
    rest_.remove_prefix(size_bytes);
    return true;
  }
  // The next `size_bytes` bytes. The view points into the bytes being read.
  bool read_bytes(size_t size_bytes, std::string_view* value) {
    if (rest_.size() < size_bytes) return false;
    *value = rest_.substr(0, size_bytes);
    rest_.remove_prefix(size_bytes);
    return true;
  }
  size_t remaining() const { return rest_.size(); }

 private:
  std::string_view rest_;
};

inline Status damaged_state(const std::string& state_id, const std::string& reason) {
  return Status(Code::kDataLoss, "GN220", "damaged state of " + state_id + ": " + reason,
                "materialize the view again: it builds its states from the events");
}

}  // namespace gnomon
