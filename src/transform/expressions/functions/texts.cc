// Functions that make a text of texts. Positions count characters, from 0; negative ones from the end, as in Python.
#include <algorithm>

#include "transform/expressions/kernels.h"
#include "transform/expressions/text_encoding.h"

namespace gnomon {
namespace {

using arrow::Int64Type;
using arrow::StringType;

// Byte offsets of the characters of a text, and its end.
std::vector<size_t> characters_of(std::string_view text) {
  std::vector<size_t> starts;
  for (size_t i = 0; i < text.size(); ++i) {
    if (starts_character(text[i])) starts.push_back(i);
  }
  starts.push_back(text.size());
  return starts;
}

// An empty `old` stands before every character and at the end.
bool replace_all(std::string_view text, std::string_view old, std::string_view with, std::string* out) {
  if (old.empty()) {
    const std::vector<size_t> starts = characters_of(text);
    for (size_t i = 0; i + 1 < starts.size(); ++i) {
      *out += with;
      *out += text.substr(starts[i], starts[i + 1] - starts[i]);
    }
    *out += with;
    return true;
  }
  size_t at = 0;
  for (size_t found = text.find(old); found != std::string_view::npos; found = text.find(old, at)) {
    *out += text.substr(at, found - at);
    *out += with;
    at = found + old.size();
  }
  *out += text.substr(at);
  return true;
}

// text[start:start + length] of Python, with a negative start taken from the end first.
bool part_of(std::string_view text, int64_t start, int64_t length, std::string* out) {
  const std::vector<size_t> starts = characters_of(text);
  const auto count = static_cast<int64_t>(starts.size()) - 1;
  const int64_t from = start < 0 ? std::max<int64_t>(start + count, 0) : std::min(start, count);
  const int64_t until = from + std::clamp<int64_t>(length, 0, count - from);
  *out =
      text.substr(starts[static_cast<size_t>(from)], starts[static_cast<size_t>(until)] - starts[static_cast<size_t>(from)]);
  return true;
}

// Piece `index` between separators, if there is one.
bool piece_of(std::string_view text, std::string_view separator, int64_t index, std::string* out) {
  if (separator.empty()) return false;
  std::vector<std::string_view> pieces;
  size_t at = 0;
  for (size_t found = text.find(separator); found != std::string_view::npos; found = text.find(separator, at)) {
    pieces.push_back(text.substr(at, found - at));
    at = found + separator.size();
  }
  pieces.push_back(text.substr(at));
  const auto count = static_cast<int64_t>(pieces.size());
  if (index < 0) index += count;
  if (index < 0 || index >= count) return false;
  *out = pieces[static_cast<size_t>(index)];
  return true;
}

Function joined() {
  auto options = std::make_shared<arrow::compute::JoinOptions>(arrow::compute::JoinOptions::EMIT_NULL);
  Kernel join = [kernel = arrow_kernel("binary_join_element_wise", options)](const Values& values) {
    Values parts = values;
    parts.emplace_back(arrow::MakeScalar(""));  // the last one separates
    return kernel(parts);
  };
  return {"concat",
          {{{ValueType::kString}, ValueType::kString, std::move(join)}},
          Arity::kVariadic,
          FunctionInfo{"concat", "concat(s, t, …)", "The texts one after the other.", "concat('a', 'b', 'c')", "'abc'"}};
}

// RE2 (github.com/google/re2/wiki/Syntax), anywhere in the text. The pattern is compiled, and refused, when the expression is bound.
Result<Kernel> matching(const std::vector<std::shared_ptr<arrow::Scalar>>& constants) {
  auto options = std::make_shared<arrow::compute::MatchSubstringOptions>(constant_text(*constants[0]));
  auto tried = arrow::compute::CallFunction("match_substring_regex", {arrow::Datum(arrow::MakeScalar(""))}, options.get());
  if (!tried.ok())
    return Status(Code::kInvalidArgument, "GN168",
                  fmt::format("\"{}\" is no pattern: {}", options->pattern, tried.status().message()),
                  "Write a regular expression in RE2's syntax");
  return arrow_kernel("match_substring_regex", options);
}

Function text_of_value() {
  Kernel integer =
      arrow_kernel("cast", std::make_shared<arrow::compute::CastOptions>(arrow::compute::CastOptions::Safe(arrow::utf8())));
  Kernel itself = [](const Values& values) -> Result<arrow::Datum> { return values[0]; };
  Kernel boolean = map_rows<StringType, arrow::BooleanType>([](bool value, std::string* out) {
    *out = value ? "True" : "False";
    return true;
  });
  return {"str",
          {{{ValueType::kInt}, ValueType::kString, std::move(integer)},
           {{ValueType::kString}, ValueType::kString, std::move(itself)},
           {{ValueType::kBool}, ValueType::kString, std::move(boolean)}},
          Arity::kFixed,
          FunctionInfo{"str", "str(x)", "An Int64 or a Bool as text; a Float64 has too many spellings.", "str(-7)", "'-7'"}};
}

}  // namespace

std::vector<Function> text_functions() {
  const ValueType text = ValueType::kString, number = ValueType::kInt;
  auto rest = [](std::string_view s, int64_t start, std::string* out) { return part_of(s, start, INT64_MAX, out); };
  Overload from = {{text, number}, text, map_rows<StringType, StringType, Int64Type>(rest)};
  Overload from_length = {{text, number, number}, text, map_rows<StringType, StringType, Int64Type, Int64Type>(part_of)};
  return {
      joined(),
      text_of_value(),
      {"replace",
       {{{text, text, text}, text, map_rows<StringType, StringType, StringType, StringType>(replace_all)}},
       Arity::kFixed,
       FunctionInfo{"replace", "replace(s, old, new)", "s with every occurrence of a text replaced.",
                    "replace('a-b-c', '-', '+')", "'a+b+c'"}},
      {"substr",
       {from, from_length},
       Arity::kFixed,
       FunctionInfo{"substr", "substr(s, start[, length])",
                    "length characters of s from start on, without a length all; a negative start counts from the end.",
                    "substr('größer', 2, 3)", "'öße'"}},
      {"split_part",
       {{{text, text, number}, text, map_rows<StringType, StringType, StringType, Int64Type>(piece_of)}},
       Arity::kFixed,
       FunctionInfo{"split_part", "split_part(s, separator, n)",
                    "Piece n of s between separators, from 0, or from the end if negative; None if there is none.",
                    "split_part('ada@example.org', '@', 1)", "'example.org'"}},
      {"matches",
       {{{text, text}, ValueType::kBool, nullptr, OwnNull::kMissing, 1, matching}},
       Arity::kFixed,
       FunctionInfo{"matches", "matches(s, 'pattern')", "Whether a regular expression (RE2) occurs in s.",
                    "matches('N725MQ', '^N[0-9]+')", "True"}},
  };
}

}  // namespace gnomon
