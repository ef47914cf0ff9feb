#include "serve/request_target.h"

#include <algorithm>
#include <charconv>

#include <arrow/util/utf8.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gnomon {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_utf8(const std::string& text) {
  static const bool ready = (arrow::util::InitializeUTF8(), true);
  return ready &&
         arrow::util::ValidateUTF8(reinterpret_cast<const uint8_t*>(text.data()), static_cast<int64_t>(text.size()));
}

Status bad_query(const std::string& message, const std::string& hint = "") {
  return Status(Code::kInvalidArgument, "GN619", message, hint);
}

}  // namespace

std::pair<std::string_view, std::string_view> split_target(std::string_view target) {
  size_t mark = target.find('?');
  if (mark == std::string_view::npos) return {target, {}};
  return {target.substr(0, mark), target.substr(mark + 1)};
}

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_blank) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_blank) {
      decoded.push_back(' ');
    } else if (text[i] != '%') {
      decoded.push_back(text[i]);
    } else {
      if (text.size() - i < 3) return std::nullopt;
      int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      decoded.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  if (!is_utf8(decoded)) return std::nullopt;
  return decoded;
}

Result<std::map<std::string, std::string>> parse_query(std::string_view query, const std::vector<std::string_view>& known) {
  std::map<std::string, std::string> parameters;
  while (!query.empty()) {
    std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    size_t equals = std::min(pair.find('='), pair.size());
    auto name = percent_decoded(pair.substr(0, equals), true);
    auto value = percent_decoded(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!name.has_value() || !value.has_value()) {
      return bad_query("a query parameter has a broken escape or is not UTF-8", "Percent-encode it");
    }
    if (std::find(known.begin(), known.end(), *name) == known.end()) {
      std::string hint = known.empty() ? "This route has none" : fmt::format("Known are: {}", fmt::join(known, ", "));
      return bad_query(fmt::format("unknown query parameter \"{}\"", *name), hint);
    }
    if (!parameters.emplace(*name, std::move(*value)).second) {
      return bad_query(fmt::format("query parameter \"{}\" is there twice", *name));
    }
  }
  return parameters;
}

Result<int64_t> RequestTarget::number(const std::string& parameter, int64_t otherwise, int64_t least, int64_t most) const {
  auto found = query.find(parameter);
  if (found == query.end()) return otherwise;
  const std::string& text = found->second;
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value >= least && value <= most) return value;
  return bad_query(fmt::format("\"{}\" is \"{}\"", parameter, text),
                   fmt::format("It is a whole number from {} to {}", least, most));
}

std::string percent_encoded(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  for (char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                 c == '.' || c == '~';
    auto byte = static_cast<unsigned char>(c);
    if (plain)
      encoded.push_back(c);
    else
      encoded.append({'%', kHex[byte >> 4], kHex[byte & 15]});
  }
  return encoded;
}

}  // namespace gnomon
