#include "features/aggregations/wide_number.h"

#include <algorithm>
#include <cstring>

#include "gnomon/status.h"

namespace gnomon {
namespace {

constexpr int kWordBytes = 8;

// a + b + carry, which becomes the carry out of it.
uint64_t add_with_carry(uint64_t a, uint64_t b, uint64_t* carry) {
  const uint128_t sum = static_cast<uint128_t>(a) + b + *carry;
  *carry = static_cast<uint64_t>(sum >> 64);
  return static_cast<uint64_t>(sum);
}

}  // namespace

void WideNumber::move_window(int low, int size) {
  GN_ASSERT(size <= Magnitude::kMaxWords);
  const uint64_t extension = sign_word();
  std::array<uint64_t, Magnitude::kMaxWords> moved;
  const int below = low_word_ - low;
  std::fill_n(moved.begin(), below, 0);
  std::copy_n(words(), size_, moved.begin() + below);
  std::fill(moved.begin() + below + size_, moved.begin() + size, extension);
  if (far_.empty() && size <= static_cast<int>(near_.size())) {
    std::copy_n(moved.begin(), size, near_.begin());
  } else {
    far_.assign(moved.begin(), moved.begin() + size);
  }
  low_word_ = low;
  size_ = size;
}

void WideNumber::cover(int low, int high) {
  if (size_ == 0) low_word_ = low;
  int window_low = std::min(low, low_word_);
  int window_high = std::max(high + 1, low_word_ + size_);
  if (size_ > 0) {
    // The highest word keeps a distance of two bits from the end of its range, so that no single addition reaches it.
    const uint64_t top = words()[size_ - 1];
    const bool is_full = top + (uint64_t{1} << 62) >= uint64_t{1} << 63;
    if (is_full) window_high = std::max(window_high, low_word_ + size_ + 1);
  }
  if (window_low != low_word_ || window_high != low_word_ + size_) move_window(window_low, window_high - window_low);
}

void WideNumber::add(Sign sign, uint128_t magnitude, int shift) {
  const int low = shift / 64;
  const int bit = shift % 64;
  const uint128_t shifted = magnitude << bit;
  const uint64_t parts[] = {static_cast<uint64_t>(shifted), static_cast<uint64_t>(shifted >> 64),
                            bit == 0 ? 0 : static_cast<uint64_t>(magnitude >> (128 - bit))};
  int count = 3;
  while (count > 0 && parts[count - 1] == 0) --count;
  if (count == 0) return;
  cover(low, low + count);
  uint64_t* at = words() + (low - low_word_);
  uint64_t* const end = words() + size_;
  const uint64_t inverted = sign == Sign::kMinus ? ~uint64_t{0} : 0;
  uint64_t carry = inverted & 1;
  for (int i = 0; i < count; ++i, ++at) *at = add_with_carry(*at, parts[i] ^ inverted, &carry);
  // What follows adds the sign's words: nothing changes where it is plus without a carry, or minus with one.
  for (; at != end && carry != (inverted & 1); ++at) *at = add_with_carry(*at, inverted, &carry);
}

void WideNumber::combine(const WideNumber& other, uint64_t inverted) {
  if (other.size_ == 0) return;
  const int other_low = other.low_word_;
  const int other_size = other.size_;
  const uint64_t extension = other.sign_word() ^ inverted;
  cover(other_low, other_low + other_size);
  const uint64_t* from = other.words();  // after cover(): `other` may be this number
  uint64_t* to = words() + (other_low - low_word_);
  uint64_t* const end = words() + size_;
  uint64_t carry = inverted & 1;
  for (int i = 0; i < other_size; ++i, ++to) *to = add_with_carry(*to, from[i] ^ inverted, &carry);
  for (; to != end; ++to) *to = add_with_carry(*to, extension, &carry);
}

bool WideNumber::is_zero() const {
  return std::all_of(words(), words() + size_, [](uint64_t word) { return word == 0; });
}

WideNumber::Magnitude WideNumber::magnitude() const {
  Magnitude result;
  result.low_word = low_word_;
  result.size = size_;
  const uint64_t inverted = sign_word();
  uint64_t carry = inverted & 1;
  for (int i = 0; i < size_; ++i) result.storage[static_cast<size_t>(i)] = add_with_carry(words()[i] ^ inverted, 0, &carry);
  while (result.size > 0 && result.storage[static_cast<size_t>(result.size - 1)] == 0) --result.size;
  return result;
}

void WideNumber::encode(std::string* out) const {
  const auto* bytes = reinterpret_cast<const unsigned char*>(words());
  int first = 0;
  int end = size_ * kWordBytes;
  while (first < end && bytes[first] == 0) ++first;
  if (first == end) {
    put(uint16_t{0}, out);
    put(uint16_t{0}, out);
    return;
  }
  const unsigned char extension = sign() == Sign::kMinus ? 0xff : 0;
  while (end - first > 1 && bytes[end - 1] == extension && ((bytes[end - 2] ^ extension) & 0x80) == 0) --end;
  put(static_cast<uint16_t>(low_word_ * kWordBytes + first), out);
  put(static_cast<uint16_t>(end - first), out);
  out->append(reinterpret_cast<const char*>(bytes) + first, static_cast<size_t>(end - first));
}

bool WideNumber::decode(StateReader* reader, int max_bits) {
  GN_ASSERT(size_ == 0);
  uint16_t first = 0;
  uint16_t count = 0;
  if (!reader->read(&first) || !reader->read(&count)) return false;
  if (count == 0) return first == 0;
  std::string_view bytes;
  if ((first + count - 1) * 8 >= max_bits || !reader->read_bytes(count, &bytes)) return false;
  const auto highest = static_cast<unsigned char>(bytes.back());
  const unsigned char extension = (highest & 0x80) != 0 ? 0xff : 0;
  const bool is_short =
      count == 1 || highest != extension || ((static_cast<unsigned char>(bytes[count - 2u]) ^ extension) & 0x80) != 0;
  if (bytes.front() == 0 || !is_short) return false;
  const int low = first / kWordBytes;
  const int size = (first + count + kWordBytes - 1) / kWordBytes - low;
  if (size > Magnitude::kMaxWords) return false;
  low_word_ = low;
  size_ = size;
  if (size > static_cast<int>(near_.size())) far_.resize(static_cast<size_t>(size));
  // The bytes overwrite all but the beginning of the lowest word and the end of the highest.
  words()[size - 1] = extension != 0 ? ~uint64_t{0} : 0;
  auto* target = reinterpret_cast<unsigned char*>(words());
  std::memset(target, 0, static_cast<size_t>(first % kWordBytes));
  std::memcpy(target + first % kWordBytes, bytes.data(), count);
  return true;
}

}  // namespace gnomon
