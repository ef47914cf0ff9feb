#include "data/ndjson.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include <arrow/api.h>
#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "data/arrow_status.h"

namespace gnomon {
namespace {

using Value = rapidjson::Value;

enum class Kind : uint8_t { kNull, kBool, kInt, kSpecialFloat, kFloat, kText, kObject, kList };
constexpr const char* kKindNames[] = {"null", "boolean", "integer", "text", "float", "text", "object", "list"};

bool special_float(std::string_view text) { return text == "NaN" || text == "Infinity" || text == "-Infinity"; }

double special_value(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  return text[0] == '-' ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
}

std::string_view text_of(const Value& value) { return {value.GetString(), value.GetStringLength()}; }

Kind kind_of(const Value& value) {
  switch (value.GetType()) {
    case rapidjson::kFalseType:
    case rapidjson::kTrueType: return Kind::kBool;
    case rapidjson::kNumberType: return value.IsInt64() ? Kind::kInt : Kind::kFloat;
    case rapidjson::kStringType: return special_float(text_of(value)) ? Kind::kSpecialFloat : Kind::kText;
    case rapidjson::kArrayType: return Kind::kList;
    case rapidjson::kObjectType: return Kind::kObject;
    case rapidjson::kNullType: break;
  }
  return Kind::kNull;
}

std::string json_text(const Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

// The kind that holds both, or false.
bool join(Kind value, Kind* kind) {
  if (value == Kind::kNull || value == *kind) return true;
  Kind low = std::min(value, *kind);
  Kind high = std::max(value, *kind);
  bool numbers = low >= Kind::kInt && high <= Kind::kFloat;
  bool texts = low == Kind::kSpecialFloat && high == Kind::kText;
  if (low != Kind::kNull && !numbers && !texts) return false;
  *kind = numbers && low == Kind::kInt ? Kind::kFloat : high;
  return true;
}

struct Column {
  std::string name;
  Kind kind = Kind::kNull;
  Kind item = Kind::kNull;  // of a list
};

std::shared_ptr<arrow::DataType> type_of(Kind kind, Kind item) {
  switch (kind) {
    case Kind::kBool: return arrow::boolean();
    case Kind::kInt: return arrow::int64();
    case Kind::kFloat: return arrow::float64();
    case Kind::kSpecialFloat:
    case Kind::kText:
    case Kind::kObject: return arrow::utf8();
    case Kind::kList: return arrow::list(type_of(item, Kind::kNull));
    case Kind::kNull: break;
  }
  return arrow::null();
}

arrow::Status append(const Value& value, arrow::ArrayBuilder* builder) {
  if (value.IsNull()) return builder->AppendNull();
  switch (builder->type()->id()) {
    case arrow::Type::BOOL: return static_cast<arrow::BooleanBuilder*>(builder)->Append(value.GetBool());
    case arrow::Type::INT64: return static_cast<arrow::Int64Builder*>(builder)->Append(value.GetInt64());
    case arrow::Type::DOUBLE:
      return static_cast<arrow::DoubleBuilder*>(builder)->Append(value.IsString() ? special_value(text_of(value))
                                                                                  : value.GetDouble());
    case arrow::Type::STRING: {
      auto* texts = static_cast<arrow::StringBuilder*>(builder);
      return value.IsString() ? texts->Append(text_of(value)) : texts->Append(json_text(value));
    }
    case arrow::Type::LIST: {
      auto* lists = static_cast<arrow::ListBuilder*>(builder);
      ARROW_RETURN_NOT_OK(lists->Append());
      for (const Value& item : value.GetArray()) ARROW_RETURN_NOT_OK(append(item, lists->value_builder()));
      return arrow::Status::OK();
    }
    default: return builder->AppendNull();
  }
}

class Reader {
 public:
  Reader(std::string bytes, const std::string& where) : where_(where), bytes_(std::move(bytes)) {}

  Result<std::shared_ptr<arrow::Table>> read() {
    GN_TRY(each_line([&](const Value& line, size_t number) { return learn(line, number); }));
    std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders;
    arrow::FieldVector fields;
    for (const Column& column : columns_) {
      fields.push_back(arrow::field(column.name, type_of(column.kind, column.item)));
      std::unique_ptr<arrow::ArrayBuilder> builder;
      GN_ARROW_TRY("reading " + where_, arrow::MakeBuilder(arrow::default_memory_pool(), fields.back()->type(), &builder));
      builders.push_back(std::move(builder));
    }
    int64_t rows = 0;
    GN_TRY(each_line([&](const Value& line, size_t) -> Status {
      for (const auto& member : line.GetObject()) {
        arrow::ArrayBuilder* builder = builders[index_.find(text_of(member.name))->second].get();
        if (builder->length() > rows) continue;  // a repeated key: the first counts
        GN_ARROW_TRY("reading " + where_, append(member.value, builder));
      }
      ++rows;
      for (auto& builder : builders) {
        if (builder->length() < rows) GN_ARROW_TRY("reading " + where_, builder->AppendNull());
      }
      return Status();
    }));
    arrow::ArrayVector arrays;
    for (auto& builder : builders) {
      std::shared_ptr<arrow::Array> array;
      GN_ARROW_TRY("reading " + where_, builder->Finish(&array));
      arrays.push_back(std::move(array));
    }
    return arrow::Table::Make(arrow::schema(fields), arrays, rows);
  }

 private:
  template <class Fn>
  Status each_line(Fn&& fn) {
    size_t number = 0;
    for (size_t start = 0; start < bytes_.size();) {
      size_t end = std::min(bytes_.find('\n', start), bytes_.size());
      ++number;
      std::string_view text(bytes_.data() + start, end - start);
      start = end + 1;
      if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      rapidjson::Document line;
      // Iterative: a hostile depth of brackets costs memory, not the stack. Full precision: doubles are the nearest ones.
      line.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag |
                 rapidjson::kParseValidateEncodingFlag>(text.data(), text.size());
      if (line.HasParseError()) return bad_line(number, rapidjson::GetParseError_En(line.GetParseError()));
      if (!line.IsObject()) return bad_line(number, "it is something else");
      GN_TRY(fn(line, number));
    }
    return Status();
  }

  Status learn(const Value& line, size_t number) {
    for (const auto& member : line.GetObject()) {
      std::string name(text_of(member.name));
      auto [found, added] = index_.try_emplace(name, columns_.size());
      if (added) columns_.push_back({name});
      Column& column = columns_[found->second];
      Kind kind = kind_of(member.value);
      if (!join(kind, &column.kind)) return mixed(column, kind, number);
      if (kind != Kind::kList) continue;
      for (const Value& item : member.value.GetArray()) {
        Kind item_kind = kind_of(item);
        if (item_kind == Kind::kList || !join(item_kind, &column.item)) return mixed(column, item_kind, number);
      }
    }
    return Status();
  }

  Status bad_line(size_t number, const std::string& why) const {
    return Status(Code::kDataLoss, "GN202", fmt::format("line {} is no JSON object: {}", number, why),
                  "Write one JSON object a line", where_);
  }

  Status mixed(const Column& column, Kind kind, size_t number) const {
    return Status(Code::kInvalidArgument, "GN204",
                  fmt::format("column \"{}\" mixes {} and {} at line {}", column.name,
                              kKindNames[static_cast<int>(column.kind)], kKindNames[static_cast<int>(kind)], number),
                  "Write one kind of value in a column", where_);
  }

  std::string where_;
  std::string bytes_;
  std::vector<Column> columns_;
  std::map<std::string, size_t, std::less<>> index_;
};

}  // namespace

Result<std::shared_ptr<arrow::Table>> parse_ndjson(std::string bytes, const std::string& where) {
  return Reader(std::move(bytes), where).read();
}

}  // namespace gnomon
