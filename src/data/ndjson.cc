#include "data/ndjson.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include <arrow/api.h>
#include <fmt/format.h>
#include <simdjson.h>

#include "data/arrow_status.h"

namespace gnomon {
namespace {

namespace dom = simdjson::dom;

enum class Kind : uint8_t { kNull, kBool, kInt, kSpecialFloat, kFloat, kText, kObject, kList };
constexpr const char* kKindNames[] = {"null", "boolean", "integer", "text", "float", "text", "object", "list"};

bool special_float(std::string_view text) { return text == "NaN" || text == "Infinity" || text == "-Infinity"; }

double special_value(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  return text[0] == '-' ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
}

Kind kind_of(const dom::element& value) {
  switch (value.type()) {
    case dom::element_type::BOOL:
      return Kind::kBool;
    case dom::element_type::INT64:
      return Kind::kInt;
    case dom::element_type::UINT64:  // beyond int64
    case dom::element_type::DOUBLE:
      return Kind::kFloat;
    case dom::element_type::STRING:
      return special_float(value.get_string().value_unsafe()) ? Kind::kSpecialFloat : Kind::kText;
    case dom::element_type::ARRAY:
      return Kind::kList;
    case dom::element_type::OBJECT:
      return Kind::kObject;
    case dom::element_type::NULL_VALUE:
      break;
  }
  return Kind::kNull;
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
    case Kind::kBool:
      return arrow::boolean();
    case Kind::kInt:
      return arrow::int64();
    case Kind::kFloat:
      return arrow::float64();
    case Kind::kSpecialFloat:
    case Kind::kText:
    case Kind::kObject:
      return arrow::utf8();
    case Kind::kList:
      return arrow::list(type_of(item, Kind::kNull));
    case Kind::kNull:
      break;
  }
  return arrow::null();
}

arrow::Status append(const dom::element& value, arrow::ArrayBuilder* builder) {
  if (value.is_null()) return builder->AppendNull();
  switch (builder->type()->id()) {
    case arrow::Type::BOOL:
      return static_cast<arrow::BooleanBuilder*>(builder)->Append(value.get_bool().value_unsafe());
    case arrow::Type::INT64:
      return static_cast<arrow::Int64Builder*>(builder)->Append(value.get_int64().value_unsafe());
    case arrow::Type::DOUBLE: {
      bool text = value.is_string();
      return static_cast<arrow::DoubleBuilder*>(builder)->Append(text ? special_value(value.get_string().value_unsafe()) : value.get_double().value_unsafe());
    }
    case arrow::Type::STRING: {
      auto* texts = static_cast<arrow::StringBuilder*>(builder);
      return value.is_string() ? texts->Append(value.get_string().value_unsafe()) : texts->Append(simdjson::minify(value));
    }
    case arrow::Type::LIST: {
      auto* lists = static_cast<arrow::ListBuilder*>(builder);
      ARROW_RETURN_NOT_OK(lists->Append());
      const dom::array items = value.get_array().value_unsafe();
      for (const dom::element& item : items) ARROW_RETURN_NOT_OK(append(item, lists->value_builder()));
      return arrow::Status::OK();
    }
    default:
      return builder->AppendNull();
  }
}

class Reader {
 public:
  Reader(std::string bytes, const std::string& where) : where_(where), bytes_(std::move(bytes)) {
    size_ = bytes_.size();
    bytes_.append(simdjson::SIMDJSON_PADDING, ' ');
  }

  Result<std::shared_ptr<arrow::Table>> read() {
    GN_TRY(each_line([&](const dom::object& line, size_t number) { return learn(line, number); }));
    std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders;
    arrow::FieldVector fields;
    for (const Column& column : columns_) {
      fields.push_back(arrow::field(column.name, type_of(column.kind, column.item)));
      std::unique_ptr<arrow::ArrayBuilder> builder;
      GN_ARROW_TRY("reading " + where_, arrow::MakeBuilder(arrow::default_memory_pool(), fields.back()->type(), &builder));
      builders.push_back(std::move(builder));
    }
    int64_t rows = 0;
    GN_TRY(each_line([&](const dom::object& line, size_t) -> Status {
      for (const auto& [key, value] : line) {
        arrow::ArrayBuilder* builder = builders[index_.find(key)->second].get();
        if (builder->length() > rows) continue;  // a repeated key: the first counts
        GN_ARROW_TRY("reading " + where_, append(value, builder));
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
    dom::parser parser;
    size_t number = 0;
    for (size_t start = 0; start < size_;) {
      size_t end = std::min(bytes_.find('\n', start), size_);
      ++number;
      std::string_view text(bytes_.data() + start, end - start);
      start = end + 1;
      if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      dom::object line;
      // What follows a line in the buffer serves as the padding that simdjson asks for.
      auto error = parser.parse(text.data(), text.size(), /*realloc_if_needed=*/false).get(line);
      if (error != simdjson::SUCCESS) return bad_line(number, simdjson::error_message(error));
      GN_TRY(fn(line, number));
    }
    return Status();
  }

  Status learn(const dom::object& line, size_t number) {
    for (const auto& [key, value] : line) {
      auto [found, added] = index_.try_emplace(std::string(key), columns_.size());
      if (added) columns_.push_back({std::string(key)});
      Column& column = columns_[found->second];
      Kind kind = kind_of(value);
      if (!join(kind, &column.kind)) return mixed(column, kind, number);
      if (kind != Kind::kList) continue;
      const dom::array items = value.get_array().value_unsafe();
      for (const dom::element& item : items) {
        Kind item_kind = kind_of(item);
        if (item_kind == Kind::kList || !join(item_kind, &column.item)) return mixed(column, item_kind, number);
      }
    }
    return Status();
  }

  Status bad_line(size_t number, const std::string& why) const {
    return Status(Code::kDataLoss, "GN202", fmt::format("line {} is no JSON object: {}", number, why), "Write one JSON object a line", where_);
  }

  Status mixed(const Column& column, Kind kind, size_t number) const {
    return Status(Code::kInvalidArgument, "GN204",
                  fmt::format("column \"{}\" mixes {} and {} at line {}", column.name, kKindNames[static_cast<int>(column.kind)], kKindNames[static_cast<int>(kind)], number),
                  "Write one kind of value in a column", where_);
  }

  std::string where_;
  std::string bytes_;
  size_t size_ = 0;
  std::vector<Column> columns_;
  std::map<std::string, size_t, std::less<>> index_;
};

}  // namespace

Result<std::shared_ptr<arrow::Table>> parse_ndjson(std::string bytes, const std::string& where) { return Reader(std::move(bytes), where).read(); }

}  // namespace gnomon
