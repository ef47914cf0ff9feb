#include "transform/expressions/literal_text.h"

#include <fmt/format.h>

#include "transform/expressions/operators.h"
#include "transform/expressions/text_encoding.h"

namespace gnomon {
namespace {

Status bad_escape(const std::string& message, const std::string& hint = "") {
  return Status(Code::kInvalidArgument, "GN164", message, hint);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The character after a backslash that stands for one byte; 0 if it is none of those.
char simple_escape(char c) {
  switch (c) {
    case '\\': return '\\';
    case '\'': return '\'';
    case '"': return '"';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'a': return '\a';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'v': return '\v';
    default: return 0;
  }
}

size_t hex_digits_of(char letter, TextKind kind) {
  if (letter == 'x') return 2;
  if (kind == TextKind::kBytes) return 0;
  return letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
}

// Decodes the escape at body[*at], a backslash, and moves *at behind it.
Status decode_escape(std::string_view body, TextKind kind, size_t* at, std::string* out) {
  if (*at + 1 >= body.size()) return bad_escape("a string ends in a backslash", "Write \\\\ for a backslash");
  const char letter = body[*at + 1];
  if (char plain = simple_escape(letter)) {
    out->push_back(plain);
    *at += 2;
    return Status();
  }
  if (letter == '0' && (*at + 2 >= body.size() || body[*at + 2] < '0' || body[*at + 2] > '9')) {
    out->push_back('\0');
    *at += 2;
    return Status();
  }
  const size_t digits = hex_digits_of(letter, kind);
  if (digits == 0)
    return bad_escape("unknown escape in a string", "Write \\\\ for a backslash, or r'…' for text without escapes");
  uint32_t code = 0;
  for (size_t i = 0; i < digits; ++i) {
    int digit = *at + 2 + i < body.size() ? hex_digit(body[*at + 2 + i]) : -1;
    if (digit < 0) return bad_escape(fmt::format("\\{} needs {} hexadecimal digits", letter, digits));
    code = code << 4 | static_cast<uint32_t>(digit);
  }
  if (kind == TextKind::kBytes) {
    out->push_back(static_cast<char>(code));
  } else {
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
      return bad_escape("an escape that is no character of Unicode");
    append_utf8(code, out);
  }
  *at += 2 + digits;
  return Status();
}

std::string quoted(std::string_view text, TextKind kind) {
  std::string out = kind == TextKind::kBytes ? "b'" : "'";
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\' || c == '\'') {
      out.push_back('\\');
      out.push_back(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f || (kind == TextKind::kBytes && byte >= 0x80)) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out.push_back(c);
    }
  }
  return out + "'";
}

// The shortest text that reads back to the same double, and never looks like an integer.
std::string float_text(double value) {
  std::string text = fmt::format("{}", value);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

}  // namespace

Result<std::string> decode_text(std::string_view body, TextKind kind, Escapes escapes, size_t* offset) {
  std::string out;
  out.reserve(body.size());
  for (size_t at = 0; at < body.size();) {
    *offset = at;
    if (kind == TextKind::kBytes && static_cast<unsigned char>(body[at]) >= 0x80) {
      return bad_escape("a bytes literal holds a character that is no ASCII", "Write its bytes as \\x escapes");
    }
    if (body[at] == '\\' && escapes == Escapes::kDecoded) {
      GN_TRY(decode_escape(body, kind, &at, &out));
    } else {
      out.push_back(body[at++]);
    }
  }
  return out;
}

std::string literal_text(const Literal& value) {
  if (const bool* flag = std::get_if<bool>(&value)) return *flag ? "True" : "False";
  if (const int64_t* number = std::get_if<int64_t>(&value)) return fmt::format("{}", *number);
  if (const double* number = std::get_if<double>(&value)) return float_text(*number);
  if (const std::string* text = std::get_if<std::string>(&value)) return quoted(*text, TextKind::kString);
  if (const BytesLiteral* bytes = std::get_if<BytesLiteral>(&value)) return quoted(bytes->bytes, TextKind::kBytes);
  return "None";
}

std::string column_text(std::string_view name) {
  if (is_plain_name(name)) return std::string(name);
  std::string out = "`";
  for (char c : name) {
    if (c == '`') out.push_back('`');  // doubled
    out.push_back(c);
  }
  return out + "`";
}

}  // namespace gnomon
