#include "features_aggregation_answers.h"

#include <algorithm>
#include <limits>

#include <arrow/api.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "gnomon/aggregation.h"
#include "gnomon/types.h"

namespace gnomon::test {
namespace {

template <class Value>
Group group_of(const std::vector<std::optional<Value>>& values, std::string dtype, std::vector<Value> Group::*column) {
  Group group;
  group.dtype = std::move(dtype);
  for (const auto& value : values) {
    (group.*column).push_back(value.value_or(Value()));
    group.valid.push_back(value.has_value());
    group.event_time.push_back(static_cast<TimeUs>(group.event_time.size()));
    group.created_time.push_back(std::numeric_limits<TimeUs>::min());
  }
  return group;
}

std::string text_of(const arrow::Array& array, int64_t at) {
  if (array.IsNull(at)) return "null";
  switch (array.type_id()) {
    case arrow::Type::DOUBLE: return fmt::format("{}", static_cast<const arrow::DoubleArray&>(array).Value(at));
    case arrow::Type::FLOAT: return fmt::format("{}", static_cast<const arrow::FloatArray&>(array).Value(at));
    case arrow::Type::STRING:
    case arrow::Type::BINARY: return static_cast<const arrow::BinaryArray&>(array).GetString(at);
    case arrow::Type::LIST: {
      auto items = static_cast<const arrow::ListArray&>(array).value_slice(at);
      std::vector<std::string> texts;
      for (int64_t item = 0; item < items->length(); ++item) texts.push_back(text_of(*items, item));
      return fmt::format("[{}]", fmt::join(texts, ", "));
    }
    default: return array.GetScalar(at).ValueOrDie()->ToString();
  }
}

std::vector<std::string> finish(ResultColumn& column) {
  std::vector<int64_t> invalid;
  auto array = column.finish(&invalid);
  EXPECT_TRUE(array.ok()) << array.status().to_string();
  EXPECT_TRUE((*array)->ValidateFull().ok());
  std::vector<std::string> texts;
  for (int64_t at = 0; at < (*array)->length(); ++at) {
    const bool is_invalid = std::binary_search(invalid.begin(), invalid.end(), at);
    texts.push_back(is_invalid ? "invalid" : text_of(**array, at));
  }
  return texts;
}

std::string result_of(const Kernel& kernel, const Accumulator& state) {
  ResultColumn column(kernel.result_type());
  kernel.result(state, &column);
  return finish(column).at(0);
}

std::string bytes_of(const Accumulator& state) {
  std::string bytes;
  state.encode(&bytes);
  return bytes;
}

std::unique_ptr<Accumulator> state_of(const Kernel& kernel, const Group& group) {
  auto state = kernel.accumulator();
  state->add(group.events(), 0, group.size());
  return state;
}

// Single events, newest first, each through its bytes.
std::unique_ptr<Accumulator> merged_backwards(const Kernel& kernel, const Group& group) {
  auto merged = kernel.accumulator();
  for (int64_t at = group.size(); at-- > 0;) {
    auto single = kernel.accumulator();
    single->add(group.events(), at, at + 1);
    EXPECT_TRUE(merged->merge(bytes_of(*single)).ok());
  }
  return merged;
}

}  // namespace

Events Group::events() const {
  Events events{size(), event_time.data(), created_time.data(), {}};
  events.column.valid = valid.data();
  if (dtype == "String" || dtype == "Bytes") {
    events.column.kind = ValueKind::kBytes;
    events.column.bytes = texts.data();
  } else if (dtype == "Float32" || dtype == "Float64") {
    events.column.kind = ValueKind::kFloat;
    events.column.floats = floats.data();
  } else {
    events.column.kind = ValueKind::kInt;
    events.column.ints = ints.data();
  }
  return events;
}

Group ints(const std::vector<std::optional<int64_t>>& values, std::string dtype) {
  return group_of(values, std::move(dtype), &Group::ints);
}
Group floats(const std::vector<std::optional<double>>& values, std::string dtype) {
  return group_of(values, std::move(dtype), &Group::floats);
}
Group texts(const std::vector<std::optional<std::string_view>>& values, std::string dtype) {
  return group_of(values, std::move(dtype), &Group::texts);
}

std::unique_ptr<Kernel> kernel_of(const std::string& function, const std::string& dtype, Parameters parameters) {
  v1::Aggregation aggregation;
  aggregation.set_function(function);
  aggregation.set_n(parameters.n);
  aggregation.set_p(parameters.p);
  aggregation.set_max_distinct(parameters.max_distinct);
  auto kernel = make_kernel(aggregation, arrow_type_of(dtype)->get());
  EXPECT_TRUE(kernel.ok()) << kernel.status().to_string();
  return std::move(*kernel);
}

std::string answer(const std::string& function, const Group& group, Parameters parameters) {
  auto kernel = kernel_of(function, group.dtype, parameters);
  auto state = state_of(*kernel, group);
  auto merged = merged_backwards(*kernel, group);
  const std::string text = result_of(*kernel, *state);
  EXPECT_EQ(bytes_of(*state), bytes_of(*merged));
  EXPECT_EQ(result_of(*kernel, *merged), text);
  ResultColumn slid(kernel->result_type());
  const std::vector<Frame> frames = {{0, group.size()}};
  const std::vector<TimeUs> visible_from(group.valid.size(), 0), times = {0};
  kernel->slide(group.events(), frames, &slid);
  kernel->slide(group.events(), frames, visible_from, times, &slid);
  EXPECT_EQ(finish(slid), (std::vector<std::string>{text, text}));
  return text;
}

}  // namespace gnomon::test
