// Functions of strings. Characters are Unicode code points.
#include "transform/expressions/kernels.h"
#include "transform/expressions/operators.h"

namespace gnomon {
namespace {

Overload string_to_string(const char* arrow_name) {
  return {{ValueType::kString}, ValueType::kString, arrow_kernel(arrow_name)};
}

// A test of two texts, either of which may be a column.
template <class Fn>
Overload string_test(Fn fn) {
  return {{ValueType::kString, ValueType::kString},
          ValueType::kBool,
          map_rows<arrow::BooleanType, arrow::StringType, arrow::StringType>(
              [fn](std::string_view a, std::string_view b, bool* out) {
                *out = fn(a, b);
                return true;
              })};
}

Function named(const char* name, const char* parameters, std::vector<Overload> overloads, const char* description,
               const char* example, const char* answer) {
  return {name, std::move(overloads), Arity::kFixed,
          FunctionInfo{name, std::string(name) + parameters, description, example, answer}};
}

}  // namespace

std::vector<Function> string_functions() {
  auto starts = [](std::string_view text, std::string_view start) { return text.starts_with(start); };
  auto ends = [](std::string_view text, std::string_view end) { return text.ends_with(end); };
  auto contains = [](std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; };
  auto contained = [](std::string_view part, std::string_view text) { return text.find(part) != std::string_view::npos; };
  return {
      {std::string(kIn), {string_test(contained)}},  // of a list: membership.h
      named("lower", "(s)", {string_to_string("utf8_lower")}, "s in lower case, character by character.", "lower('ÄB')",
            "'äb'"),
      named("upper", "(s)", {string_to_string("utf8_upper")}, "s in upper case, character by character.", "upper('äb')",
            "'ÄB'"),
      named("strip", "(s)", {string_to_string("utf8_trim_whitespace")}, "s without white space at its ends.",
            "strip(' a b ')", "'a b'"),
      named("length", "(s)",
            {{{ValueType::kString}, ValueType::kInt, arrow_kernel("utf8_length", nullptr, arrow::int64())},
             {{ValueType::kBytes}, ValueType::kInt, arrow_kernel("binary_length", nullptr, arrow::int64())}},
            "The number of characters, of Bytes the number of bytes.", "length('größe')", "5"),
      named("starts_with", "(s, start)", {string_test(starts)}, "Whether s starts with a text.", "starts_with('abc', 'ab')",
            "True"),
      named("ends_with", "(s, end)", {string_test(ends)}, "Whether s ends with a text.", "ends_with('abc', 'ab')", "False"),
      named("contains", "(s, part)", {string_test(contains)}, "Whether a text occurs in s; also written part in s.",
            "contains('abc', 'b')", "True"),
  };
}

}  // namespace gnomon
