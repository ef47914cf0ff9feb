// A request's target, taken apart: "/v1/push/clicks?x=1" → path, the name at its end, query parameters; percent-decoded.
// Thread-safety: values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gnomon/status.h"

namespace gnomon {

struct RequestTarget {
  std::string name;                          // of the route's {name}; empty if it has none
  std::map<std::string, std::string> query;  // empty values included

  // The number in a parameter; absent: `otherwise`. ERRORS: GN619 for what is no number in [least, most].
  Result<int64_t> number(const std::string& parameter, int64_t otherwise, int64_t least, int64_t most) const;
};

// "/a?b=c" → {"/a", "b=c"}.
std::pair<std::string_view, std::string_view> split_target(std::string_view target);

// "%41+b" → "A b" where `plus_is_blank`, as in a query. Nothing for a broken escape or text that is not UTF-8.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_blank);

// ERRORS: GN619 InvalidArgument for a broken escape, an unknown parameter, or one that is there twice.
Result<std::map<std::string, std::string>> parse_query(std::string_view query, const std::vector<std::string_view>& known);

// The inverse, for clients: everything but letters, digits, "-", "_", "." and "~" escaped.
std::string percent_encoded(std::string_view text);

}  // namespace gnomon
