#include "transform/expressions/syntax_error.h"

#include <algorithm>

#include <fmt/format.h>

#include "transform/expressions/text_encoding.h"

namespace gnomon {
namespace {

constexpr size_t kShownBefore = 60;  // bytes of the line on either side of the place
constexpr size_t kShownAfter = 30;

// Bytes that a terminal would act upon, and those that are no UTF-8, are shown as "?".
std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    size_t valid = first_invalid_utf8(text);
    for (char c : text.substr(0, valid))
      out.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? (c == '\t' ? ' ' : '?') : c);
    if (valid < text.size()) out.push_back('?');
    text.remove_prefix(std::min(valid + 1, text.size()));
  }
  return out;
}

size_t characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

}  // namespace

std::string pointed_at(std::string_view text, size_t offset) {
  offset = std::min(offset, text.size());
  size_t line_start = offset == 0 ? 0 : text.rfind('\n', offset - 1) + 1;  // npos + 1 is 0
  size_t line_end = std::min(text.find('\n', offset), text.size());
  size_t begin = std::max(line_start, offset > kShownBefore ? offset - kShownBefore : 0);
  while (begin < offset && !starts_character(text[begin])) ++begin;
  size_t end = std::min(line_end, offset + kShownAfter);
  while (end < line_end && !starts_character(text[end])) ++end;
  std::string before = (begin > line_start ? "…" : "") + printable(text.substr(begin, offset - begin));
  std::string after = printable(text.substr(offset, end - offset)) + (end < line_end ? "…" : "");
  return fmt::format("\n  {}{}\n  {}^", before, after, std::string(characters(before), ' '));
}

Status syntax_error(std::string_view text, size_t offset, const std::string& message, const std::string& hint) {
  return Status(Code::kInvalidArgument, "GN164", message + pointed_at(text, offset), hint);
}

}  // namespace gnomon
