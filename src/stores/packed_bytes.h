// Many short byte strings in one allocation: encoded keys, encoded rows.
// Thread-safety: a value.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gnomon {

struct PackedBytes {
  std::string bytes;
  std::vector<size_t> starts = {0};  // one more than there are strings; string i is [starts[i], starts[i + 1])

  size_t size() const { return starts.size() - 1; }
  std::string_view operator[](size_t i) const {
    return std::string_view(bytes).substr(starts[i], starts[i + 1] - starts[i]);
  }

  // Makes room for strings of the given sizes, all bytes zero. Keeps the allocation of an earlier use.
  void assign_sizes(const std::vector<size_t>& sizes) {
    starts.resize(sizes.size() + 1);
    for (size_t i = 0; i < sizes.size(); ++i) starts[i + 1] = starts[i] + sizes[i];
    bytes.assign(starts.back(), '\0');
  }
};

}  // namespace gnomon
