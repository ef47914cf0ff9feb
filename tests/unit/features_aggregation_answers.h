// Small groups of events, and the answers of aggregation functions to them as text.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/aggregations/aggregation.h"

namespace gnomon::test {

// Values of one kind with their times; event times are 0, 1, 2, … unless given. REQUIRES: ascending (event_time, created_time).
struct Group {
  std::string dtype;
  std::vector<int64_t> ints;
  std::vector<double> floats;
  std::vector<std::string_view> texts;
  std::vector<uint8_t> valid;
  std::vector<TimeUs> event_time;
  std::vector<TimeUs> created_time;

  Events events() const;
  int64_t size() const { return static_cast<int64_t>(valid.size()); }
};

Group ints(const std::vector<std::optional<int64_t>>& values, std::string dtype = "Int64");
Group floats(const std::vector<std::optional<double>>& values, std::string dtype = "Float64");
Group texts(const std::vector<std::optional<std::string_view>>& values, std::string dtype = "String");

struct Parameters {
  int64_t n = 0;
  double p = 0;
  int64_t max_distinct = 0;
};

std::unique_ptr<Kernel> kernel_of(const std::string& function, const std::string& dtype, Parameters parameters = {});

// "null", "invalid", "2.5", "[a, b]". Every way to the answer is taken, and all must agree: one accumulator, states of single
// events merged backwards, and both slides.
std::string answer(const std::string& function, const Group& group, Parameters parameters = {});

}  // namespace gnomon::test
