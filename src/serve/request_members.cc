#include "serve/request_members.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace gnomon {
namespace {

int64_t pack(size_t high, size_t low) {
  return static_cast<int64_t>(static_cast<uint64_t>(high) << 32 | static_cast<uint64_t>(low));
}
size_t high_of(int64_t bits) { return static_cast<uint64_t>(bits) >> 32; }
size_t low_of(int64_t bits) { return static_cast<uint64_t>(bits) & 0xFFFFFFFF; }

// Where the parser is: each level holds one thing.
enum class Level { kOutside, kBody, kTexts, kColumns, kCells, kList };

// What nlohmann's parser calls for every token. A function that returns false ends the parse.
class MemberReader {
 public:
  explicit MemberReader(const std::vector<std::string_view>& known) : known_(known) {}

  Status problem;
  std::vector<Member> members;

  bool null() {
    Cells* cells = open_cells();
    if (cells == nullptr) return scalar(MemberKind::kNull);
    cells->add_null();
    return true;
  }
  bool boolean(bool value) {
    Cells* cells = open_cells();
    if (cells != nullptr) {
      cells->add_boolean(value);
      return true;
    }
    if (!scalar(MemberKind::kBool)) return false;
    members.back().flag = value;
    return true;
  }
  bool number_integer(int64_t value) {
    Cells* cells = open_cells();
    if (cells != nullptr) {
      cells->add_integer(value);
      return true;
    }
    if (!scalar(MemberKind::kNumber)) return false;
    members.back().integer = value;
    return true;
  }
  bool number_unsigned(uint64_t value) {
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return too_large();
    return number_integer(static_cast<int64_t>(value));
  }
  bool number_float(double value, const std::string& digits) {
    if (digits.find_first_of(".eE") == std::string::npos) return too_large();
    Cells* cells = open_cells();
    if (cells == nullptr) return scalar(MemberKind::kNumber);
    cells->add_floating(value);
    return true;
  }
  bool string(std::string& value) {
    Cells* cells = open_cells();
    if (cells != nullptr) {
      cells->add_text(value);
    } else if (level_ == Level::kTexts) {
      members.back().texts.push_back(std::move(value));
    } else {
      if (!scalar(MemberKind::kText)) return false;
      members.back().text = std::move(value);
    }
    return true;
  }
  bool binary(nlohmann::json::binary_t&) { return false; }  // JSON text has none

  bool start_object(size_t) {
    if (level_ == Level::kOutside) return enter(Level::kBody);
    if (level_ == Level::kBody) {
      members.back().kind = MemberKind::kColumns;
      return enter(Level::kColumns);
    }
    if (open_cells() != nullptr) return refuse_cell("an object is not a value");
    return scalar(MemberKind::kNull);
  }
  bool end_object() { return enter(level_ == Level::kColumns ? Level::kBody : Level::kOutside); }
  bool start_array(size_t) {
    if (level_ == Level::kBody) {
      members.back().kind = MemberKind::kTexts;
      return enter(Level::kTexts);
    }
    if (level_ == Level::kColumns) return enter(Level::kCells);
    if (level_ == Level::kCells) {
      column().cells.begin_list(column().members.size());
      return enter(Level::kList);
    }
    if (level_ == Level::kList) return refuse_cell("a list in a list is not a value");
    return scalar(MemberKind::kNull);
  }
  bool end_array() {
    if (level_ == Level::kList) {
      column().cells.end_list(column().members.size());
      return enter(Level::kCells);
    }
    return enter(level_ == Level::kCells ? Level::kColumns : Level::kBody);
  }

  bool key(std::string& name) {
    if (level_ == Level::kColumns) {
      if (!column_names_.insert({members.size(), name}).second) {
        return refuse(bad_member(fmt::format("\"{}\": column \"{}\" is there twice", members.back().name, name)));
      }
      members.back().columns.push_back({std::move(name), {}, {}});
      return true;
    }
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
      return refuse(
          bad_member(fmt::format("unknown member \"{}\"", name), fmt::format("Known are: {}", fmt::join(known_, ", "))));
    }
    bool twice = std::any_of(members.begin(), members.end(), [&](const Member& member) { return member.name == name; });
    if (twice) return refuse(bad_member(fmt::format("member \"{}\" is there twice", name)));
    members.emplace_back().name = std::move(name);
    return true;
  }

  bool parse_error(size_t position, const std::string&, const nlohmann::json::exception&) {
    return refuse(Status(Code::kInvalidArgument, "GN610",
                         fmt::format("the request's body is not JSON from byte {} on", position),
                         "Send one JSON object; /openapi.json shows its members"));
  }

 private:
  ColumnCells& column() { return members.back().columns.back(); }
  Cells* open_cells() {
    if (level_ == Level::kCells) return &column().cells;
    return level_ == Level::kList ? &column().members : nullptr;
  }
  bool enter(Level level) {
    level_ = level;
    return true;
  }
  bool refuse(Status status) {
    problem = std::move(status);
    return false;
  }
  bool refuse_cell(const std::string& why) {
    size_t row = column().cells.size() - (level_ == Level::kList ? 1 : 0);
    return refuse(bad_cell(column().name, row, why));
  }
  bool too_large() {
    if (open_cells() == nullptr) return scalar(MemberKind::kNumber);
    return refuse_cell("the integer does not fit in 64 bits with a sign");
  }

  // A value that is no cell: a member, or something in a wrong place.
  bool scalar(MemberKind kind) {
    switch (level_) {
      case Level::kBody: members.back().kind = kind; return true;
      case Level::kTexts:
        return refuse(
            bad_member(fmt::format("member \"{}\" is neither a list of texts nor an object of columns", members.back().name),
                       kWriteColumns));
      case Level::kColumns:
        return refuse(bad_member(fmt::format("\"{}\": column \"{}\" is not a list", members.back().name, column().name),
                                 kWriteColumns));
      default: return refuse(bad_member("the request's body is not a JSON object"));
    }
  }

  static constexpr const char* kWriteColumns = "Write {\"column\": [values]}";

  const std::vector<std::string_view>& known_;
  Level level_ = Level::kOutside;
  std::set<std::pair<size_t, std::string>> column_names_;  // with the member's place
};

}  // namespace

double Cells::floating(size_t cell) const { return std::bit_cast<double>(bits_[cell]); }
std::string_view Cells::text(size_t cell) const {
  return std::string_view(texts_).substr(high_of(bits_[cell]), low_of(bits_[cell]));
}
std::pair<size_t, size_t> Cells::list(size_t cell) const { return {high_of(bits_[cell]), low_of(bits_[cell])}; }

void Cells::add(CellKind kind, int64_t bits) {
  kinds_.push_back(kind);
  bits_.push_back(bits);
}
void Cells::add_floating(double value) { add(CellKind::kFloat, std::bit_cast<int64_t>(value)); }
void Cells::add_text(std::string_view text) {
  add(CellKind::kText, pack(texts_.size(), text.size()));
  texts_.append(text);
}
void Cells::begin_list(size_t begin) { add(CellKind::kList, pack(begin, begin)); }
void Cells::end_list(size_t end) { bits_.back() = pack(high_of(bits_.back()), end); }

Status bad_member(const std::string& message, const std::string& hint) {
  return Status(Code::kInvalidArgument, "GN611", message, hint);
}

Status bad_cell(const std::string& column, size_t row, const std::string& problem) {
  return Status(Code::kInvalidArgument, "GN612", fmt::format("column \"{}\", row {}: {}", column, row, problem));
}

Result<std::vector<Member>> parse_members(std::string_view bytes, const std::vector<std::string_view>& known) {
  MemberReader reader(known);
  if (!nlohmann::json::sax_parse(bytes.begin(), bytes.end(), &reader)) return reader.problem;
  return std::move(reader.members);
}

}  // namespace gnomon
