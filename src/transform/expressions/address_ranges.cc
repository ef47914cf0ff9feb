#include "transform/expressions/address_ranges.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "transform/expressions/kernels.h"

namespace gnomon {
namespace {

constexpr size_t kMaxAddressText = 45;  // of IPv6 with an IPv4 tail
constexpr int kBitsOfV4 = 32, kBitsOfV6 = 128;

Status no_range(const std::string& cidr, const std::string& why) {
  return Status(Code::kInvalidArgument, "GN168", fmt::format("\"{}\" is no range of addresses: {}", cidr, why),
                "Write \"10.0.0.0/8\" or \"2001:db8::/32\"");
}

}  // namespace

bool AddressRanges::parse(std::string_view text, Address* address, bool* is_v4) {
  if (text.size() > kMaxAddressText) return false;
  const std::string terminated(text);
  if (terminated.find('\0') != std::string::npos) return false;
  address->fill(0);
  *is_v4 = text.find(':') == std::string_view::npos;
  return inet_pton(*is_v4 ? AF_INET : AF_INET6, terminated.c_str(), address->data()) == 1;
}

Result<AddressRanges::Range> AddressRanges::range_of(const std::string& cidr, bool* is_v4) {
  const size_t slash = cidr.find('/');
  Range range;
  if (!parse(std::string_view(cidr).substr(0, slash), &range.first, is_v4)) return no_range(cidr, "its address");
  const int width = *is_v4 ? kBitsOfV4 : kBitsOfV6;
  int bits = width;
  if (slash != std::string::npos) {
    const char* begin = cidr.data() + slash + 1;
    const char* end = cidr.data() + cidr.size();
    auto [stop, error] = std::from_chars(begin, end, bits);
    if (error != std::errc() || stop != end || bits < 0 || bits > width)
      return no_range(cidr, fmt::format("its prefix is a number from 0 to {}", width));
  }
  range.last = range.first;
  bool has_host_bits = false;
  for (int bit = bits; bit < width; ++bit) {
    const auto byte = static_cast<size_t>(bit / 8);
    const auto mask = static_cast<uint8_t>(0x80 >> (bit % 8));
    has_host_bits |= (range.first[byte] & mask) != 0;
    range.first[byte] = static_cast<uint8_t>(range.first[byte] & ~mask);
    range.last[byte] = static_cast<uint8_t>(range.last[byte] | mask);
  }
  // Most likely one of the two numbers is a slip of the pen: nobody could tell which.
  if (has_host_bits) return no_range(cidr, "it has bits set behind its prefix");
  return range;
}

// Ranges that touch or overlap become one.
void AddressRanges::join(std::vector<Range>* ranges) {
  std::sort(ranges->begin(), ranges->end(), [](const Range& a, const Range& b) { return a.first < b.first; });
  std::vector<Range> joined;
  for (const Range& range : *ranges) {
    if (joined.empty() || joined.back().last < range.first) {
      joined.push_back(range);
    } else {
      joined.back().last = std::max(joined.back().last, range.last);
    }
  }
  *ranges = std::move(joined);
}

Result<AddressRanges> AddressRanges::of(const std::vector<std::string>& cidrs) {
  AddressRanges ranges;
  for (const std::string& cidr : cidrs) {
    bool is_v4 = false;
    GN_ASSIGN(Range range, range_of(cidr, &is_v4));
    (is_v4 ? ranges.v4_ : ranges.v6_).push_back(range);
  }
  join(&ranges.v4_);
  join(&ranges.v6_);
  return ranges;
}

int AddressRanges::find(std::string_view text) const {
  Address address;
  bool is_v4 = false;
  if (!parse(text, &address, &is_v4)) return -1;
  const std::vector<Range>& ranges = is_v4 ? v4_ : v6_;
  auto after = std::upper_bound(ranges.begin(), ranges.end(), address,
                                [](const Address& wanted, const Range& range) { return wanted < range.first; });
  return after != ranges.begin() && address <= std::prev(after)->last ? 1 : 0;
}

Result<Kernel> address_membership(const std::vector<std::string>& cidrs) {
  GN_ASSIGN(AddressRanges ranges, AddressRanges::of(cidrs));
  // shared: copies of the kernel look into one list
  auto shared = std::make_shared<const AddressRanges>(std::move(ranges));
  return map_rows<arrow::BooleanType, arrow::StringType>([shared](std::string_view address, bool* out) {
    const int found = shared->find(address);
    *out = found == 1;
    return found >= 0;
  });
}

Status check_cidr(const std::string& cidr) { return AddressRanges::of({cidr}).status(); }

}  // namespace gnomon
