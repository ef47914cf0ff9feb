// Ranges of network addresses (CIDR, RFC 4632 and RFC 4291): which addresses lie in any of them.
// Thread-safety: values.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "transform/expressions/function.h"

namespace gnomon {

class AddressRanges {
 public:
  // "10.0.0.0/8", "2001:db8::/32", or one address. ERRORS: GN168, naming the first that is no range.
  static Result<AddressRanges> of(const std::vector<std::string>& cidrs);

  // 1 inside, 0 outside, -1: the text is no address.
  int find(std::string_view address) const;

 private:
  using Address = std::array<uint8_t, 16>;  // big endian; IPv4 in the first four
  struct Range {
    Address first, last;
  };

  static bool parse(std::string_view text, Address* address, bool* is_v4);
  static Result<Range> range_of(const std::string& cidr, bool* is_v4);
  static void join(std::vector<Range>* ranges);

  // Sorted and disjoint, so that one binary search answers.
  std::vector<Range> v4_, v6_;
};

// A kernel of one String. ERRORS: as AddressRanges::of.
Result<Kernel> address_membership(const std::vector<std::string>& cidrs);

}  // namespace gnomon
