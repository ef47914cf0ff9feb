// RecordList: some records of one level in memory, one behind the other.
// Thread-safety: one thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "gnomon/env.h"

namespace gnomon {

struct RecordList {
  std::vector<TimeUs> starts;
  std::vector<size_t> ends;  // of each in `bytes`
  std::string bytes;

  size_t size() const { return starts.size(); }
  void clear() {
    starts.clear();
    ends.clear();
    bytes.clear();
  }
  void add(TimeUs start, std::string_view record) {
    starts.push_back(start);
    bytes.append(record);
    ends.push_back(bytes.size());
  }
  std::string_view at(size_t index) const {
    const size_t begin = index == 0 ? 0 : ends[index - 1];
    return std::string_view(bytes).substr(begin, ends[index] - begin);
  }
  size_t size_bytes() const { return bytes.capacity() + 2 * sizeof(size_t) * starts.capacity(); }
};

}  // namespace gnomon
