#include "serve/feast_request.h"

#include <algorithm>
#include <initializer_list>

#include <arrow/api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <simdjson.h>

#include "base/time_text.h"
#include "data/arrow_status.h"

namespace gnomon {
namespace {

namespace dom = simdjson::dom;

constexpr size_t kMaxDepth = 16;  // a body of ours needs 5
constexpr size_t kFirstCapacityBytes = 64 * 1024;
constexpr int64_t kExactInDouble = int64_t{1} << 53;
constexpr const char* kBuilding = "building the request's columns";

Status bad_member(const std::string& message, const std::string& hint = "") {
  return Status(Code::kInvalidArgument, "GN611", message, hint);
}

// ── columns ─────────────────────────────────────────────────────────────────────────────────────────────────────────

struct Cell {
  dom::element value;
  int64_t row;  // of the request, for messages; the members of a list have their list's
};

enum class Kind { kNull, kBool, kInt, kFloat, kText, kList };
constexpr const char* kKindNames[] = {"null", "a boolean", "an integer", "a number with a fraction", "text", "a list"};

// Join keys mean what they are; a column of values may mix 1 and 2.5 and write NaN as text, as JSON writers do.
enum class Mixing { kNone, kNumbers };
enum class Nesting { kLists, kScalars };

bool is_special_float(std::string_view text) { return text == "NaN" || text == "Infinity" || text == "-Infinity"; }

Status bad_column(const std::string& name, int64_t row, const std::string& problem) {
  return Status(Code::kInvalidArgument, "GN612", fmt::format("column \"{}\", row {}: {}", name, row, problem));
}

Result<Kind> kind_of(const std::string& name, const Cell& cell, Nesting nesting) {
  switch (cell.value.type()) {
    case dom::element_type::NULL_VALUE: return Kind::kNull;
    case dom::element_type::BOOL: return Kind::kBool;
    case dom::element_type::INT64: return Kind::kInt;
    case dom::element_type::DOUBLE: return Kind::kFloat;
    case dom::element_type::STRING: return Kind::kText;
    case dom::element_type::UINT64: return bad_column(name, cell.row, "the integer does not fit in 64 bits with a sign");
    case dom::element_type::ARRAY:
      if (nesting == Nesting::kLists) return Kind::kList;
      return bad_column(name, cell.row, "a list in a list is not a value");
    case dom::element_type::OBJECT: break;
  }
  return bad_column(name, cell.row, "an object is not a value");
}

bool is_number(Kind kind) { return kind == Kind::kInt || kind == Kind::kFloat; }

// The kind that all cells share.
Result<Kind> shared_kind(const std::string& name, const std::vector<Cell>& cells, Mixing mixing, Nesting nesting) {
  Kind shared = Kind::kNull;
  bool only_special_text = true;  // all text so far would also do as a float
  for (const Cell& cell : cells) {
    GN_ASSIGN(Kind kind, kind_of(name, cell, nesting));
    if (kind == Kind::kNull) continue;
    bool special = kind == Kind::kText && is_special_float(cell.value.get_string().value_unsafe());
    only_special_text = only_special_text && (kind != Kind::kText || special);
    bool fits_float = is_number(kind) || special;
    bool shared_fits_float = is_number(shared) || (shared == Kind::kText && only_special_text);
    if (shared == Kind::kNull || shared == kind) {
      shared = kind;
    } else if (mixing == Mixing::kNumbers && fits_float && shared_fits_float) {
      shared = Kind::kFloat;
    } else {
      auto names = fmt::format("{} after {}", kKindNames[static_cast<int>(kind)], kKindNames[static_cast<int>(shared)]);
      return bad_column(name, cell.row, names + ": a column has one type");
    }
  }
  return shared;
}

Result<double> to_double(const std::string& name, const Cell& cell) {
  if (cell.value.type() == dom::element_type::DOUBLE) return cell.value.get_double().value_unsafe();
  if (cell.value.type() == dom::element_type::INT64) {
    int64_t integer = cell.value.get_int64().value_unsafe();
    if (integer >= -kExactInDouble && integer <= kExactInDouble) return static_cast<double>(integer);
    return bad_column(name, cell.row, "the integer is not exact as a float, and the column has fractions");
  }
  std::string_view text = cell.value.get_string().value_unsafe();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  double infinity = std::numeric_limits<double>::infinity();
  return text == "Infinity" ? infinity : -infinity;
}

// Builds a column whose builder takes what `read` makes of a cell.
template <class Builder, class Read>
Result<std::shared_ptr<arrow::Array>> fill(const std::vector<Cell>& cells, Read read) {
  Builder builder;
  GN_ARROW_TRY(kBuilding, builder.Reserve(static_cast<int64_t>(cells.size())));
  for (const Cell& cell : cells) {
    if (cell.value.is_null()) {
      GN_ARROW_TRY(kBuilding, builder.AppendNull());
    } else {
      GN_ASSIGN(auto value, read(cell));
      GN_ARROW_TRY(kBuilding, builder.Append(value));
    }
  }
  GN_ARROW_ASSIGN(auto column, kBuilding, builder.Finish());
  return column;
}

Result<std::shared_ptr<arrow::Array>> build(const std::string& name, const std::vector<Cell>& cells, Mixing mixing, Nesting nesting);

Result<std::shared_ptr<arrow::Array>> build_lists(const std::string& name, const std::vector<Cell>& cells, Mixing mixing) {
  std::vector<Cell> members;
  arrow::Int32Builder offsets;
  arrow::TypedBufferBuilder<bool> validity;
  int64_t nulls = 0;
  for (const Cell& cell : cells) {
    GN_ARROW_TRY(kBuilding, offsets.Append(static_cast<int32_t>(members.size())));
    GN_ARROW_TRY(kBuilding, validity.Append(!cell.value.is_null()));
    if (cell.value.is_null()) {
      ++nulls;
      continue;
    }
    dom::array list = cell.value.get_array().value_unsafe();
    for (dom::element member : list) members.push_back({member, cell.row});
  }
  GN_ARROW_TRY(kBuilding, offsets.Append(static_cast<int32_t>(members.size())));
  GN_ASSIGN(auto values, build(name, members, mixing, Nesting::kScalars));
  GN_ARROW_ASSIGN(auto offset_array, kBuilding, offsets.Finish());
  GN_ARROW_ASSIGN(auto bitmap, kBuilding, validity.Finish());
  return std::shared_ptr<arrow::Array>(std::make_shared<arrow::ListArray>(
      arrow::list(values->type()), static_cast<int64_t>(cells.size()), offset_array->data()->buffers[1], values, bitmap, nulls));
}

Result<std::shared_ptr<arrow::Array>> build(const std::string& name, const std::vector<Cell>& cells, Mixing mixing, Nesting nesting) {
  GN_ASSIGN(Kind kind, shared_kind(name, cells, mixing, nesting));
  switch (kind) {
    case Kind::kNull: return std::shared_ptr<arrow::Array>(std::make_shared<arrow::NullArray>(static_cast<int64_t>(cells.size())));
    case Kind::kBool: return fill<arrow::BooleanBuilder>(cells, [](const Cell& c) { return Result<bool>(c.value.get_bool().value_unsafe()); });
    case Kind::kInt: return fill<arrow::Int64Builder>(cells, [](const Cell& c) { return Result<int64_t>(c.value.get_int64().value_unsafe()); });
    case Kind::kFloat: return fill<arrow::DoubleBuilder>(cells, [&](const Cell& c) { return to_double(name, c); });
    case Kind::kText:
      return fill<arrow::StringBuilder>(cells, [](const Cell& c) { return Result<std::string_view>(c.value.get_string().value_unsafe()); });
    case Kind::kList: return build_lists(name, cells, mixing);
  }
  GN_ASSERT(false);
}

// {"column": [values…], …} of equal lengths.
Result<std::shared_ptr<arrow::RecordBatch>> build_columns(std::string_view member, dom::object object, Mixing mixing) {
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (auto [key, value] : object) {
    std::string name(key);
    if (!value.is_array()) return bad_member(fmt::format("\"{}\": column \"{}\" is not a list", member, name), "write {\"column\": [values]}");
    std::vector<Cell> cells;
    dom::array values = value.get_array().value_unsafe();
    for (dom::element element : values) cells.push_back({element, static_cast<int64_t>(cells.size())});
    GN_ASSIGN(auto column, build(name, cells, mixing, mixing == Mixing::kNone ? Nesting::kScalars : Nesting::kLists));
    for (const auto& field : fields) {
      if (field->name() == name) return bad_member(fmt::format("\"{}\": column \"{}\" is there twice", member, name));
    }
    if (!columns.empty() && columns[0]->length() != column->length()) {
      return Status(Code::kInvalidArgument, "GN612",
                    fmt::format("\"{}\": column \"{}\" has {} values, \"{}\" has {}", member, name, column->length(), fields[0]->name(),
                                columns[0]->length()),
                    "all columns must have the same length");
    }
    fields.push_back(arrow::field(name, column->type()));
    columns.push_back(std::move(column));
  }
  if (columns.empty()) return bad_member(fmt::format("\"{}\" has no columns", member), "write {\"column\": [values]}");
  int64_t rows = columns[0]->length();
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), rows, std::move(columns));
}

// ── members ─────────────────────────────────────────────────────────────────────────────────────────────────────────

// The members of a body, each known and there at most once; one that is null counts as absent.
class Body {
 public:
  static Result<Body> parse(std::string_view bytes, std::initializer_list<std::string_view> known) {
    // The parser keeps its buffers, so a thread's requests do not allocate; the element refers to them until the next parse.
    thread_local dom::parser parser;
    if (parser.capacity() == 0 && parser.allocate(kFirstCapacityBytes, kMaxDepth) != simdjson::SUCCESS) {
      return Status(Code::kResourceExhausted, "GN610", "no memory to parse the request's body");
    }
    dom::element root;
    if (auto error = parser.parse(bytes.data(), bytes.size()).get(root)) {
      return Status(Code::kInvalidArgument, "GN610", fmt::format("the request's body is not JSON: {}", simdjson::error_message(error)));
    }
    Body body;
    if (root.get(body.object_) != simdjson::SUCCESS) return bad_member("the request's body is not a JSON object");
    std::vector<std::string_view> seen;
    for (auto [key, value] : body.object_) {
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        return bad_member(fmt::format("unknown member \"{}\"", key), fmt::format("known are: {}", fmt::join(known, ", ")));
      }
      if (std::find(seen.begin(), seen.end(), key) != seen.end()) return bad_member(fmt::format("member \"{}\" is there twice", key));
      seen.push_back(key);
    }
    return body;
  }

  std::optional<dom::element> find(std::string_view key) const {
    dom::element value;
    if (object_.at_key(key).get(value) != simdjson::SUCCESS || value.is_null()) return std::nullopt;
    return value;
  }

  Result<std::string> text(std::string_view key) const {
    auto value = find(key);
    if (!value) return bad_member(fmt::format("member \"{}\" is missing", key));
    if (!value->is_string()) return bad_member(fmt::format("member \"{}\" is not text", key));
    return std::string(value->get_string().value_unsafe());
  }

  Result<bool> flag(std::string_view key) const {
    auto value = find(key);
    if (!value) return false;
    if (!value->is_bool()) return bad_member(fmt::format("member \"{}\" is neither true nor false", key));
    return bool(value->get_bool().value_unsafe());
  }

  Result<std::vector<std::string>> texts(std::string_view key) const {
    std::vector<std::string> texts;
    auto value = find(key);
    if (!value) return texts;
    if (!value->is_array()) return bad_member(fmt::format("member \"{}\" is not a list of texts", key));
    dom::array list = value->get_array().value_unsafe();
    for (dom::element element : list) {
      if (!element.is_string()) return bad_member(fmt::format("member \"{}\" is not a list of texts", key));
      texts.emplace_back(element.get_string().value_unsafe());
    }
    return texts;
  }

  Result<TimeUs> time(std::string_view key) const {
    GN_ASSIGN(std::string iso, text(key));
    return parse_time(iso);
  }

  Result<std::shared_ptr<arrow::RecordBatch>> columns(std::string_view key, Mixing mixing) const {
    auto value = find(key);
    if (!value) return bad_member(fmt::format("member \"{}\" is missing", key));
    if (!value->is_object()) return bad_member(fmt::format("member \"{}\" is not an object of columns", key), "write {\"column\": [values]}");
    return build_columns(key, value->get_object().value_unsafe(), mixing);
  }

  // Members of Feast's that mean something which is not there yet: refused when set, never ignored.
  Status refuse_if_set(std::initializer_list<std::string_view> keys) const {
    for (std::string_view key : keys) {
      auto value = find(key);
      if (!value || (value->is_bool() && !value->get_bool().value_unsafe())) continue;
      return Status(Code::kUnimplemented, "GN613", fmt::format("member \"{}\" is not supported", key), "leave it out");
    }
    return {};
  }

 private:
  dom::object object_;
};

Result<RowsBody> rows_body(const Body& body, std::string_view target) {
  RowsBody rows;
  GN_ASSIGN(rows.target, body.text(target));
  GN_ASSIGN(rows.rows, body.columns("df", Mixing::kNumbers));
  return rows;
}

}  // namespace

Result<OnlineBody> parse_online_body(std::string_view bytes) {
  GN_ASSIGN(Body body, Body::parse(bytes, {"features", "feature_service", "entities", "full_feature_names", "as_of",
                                           "include_feature_view_version_metadata", "query_embedding"}));
  GN_TRY(body.refuse_if_set({"include_feature_view_version_metadata", "query_embedding"}));
  OnlineBody online;
  GN_ASSIGN(online.features.features, body.texts("features"));
  if (body.find("feature_service")) {
    GN_ASSIGN(online.features.feature_service, body.text("feature_service"));
  }
  if (online.features.features.empty() == online.features.feature_service.empty()) {
    return bad_member("give either \"features\" or \"feature_service\"");
  }
  GN_ASSIGN(online.features.full_feature_names, body.flag("full_feature_names"));
  if (body.find("as_of")) {
    GN_ASSIGN(online.as_of, body.time("as_of"));
  }
  GN_ASSIGN(online.entities, body.columns("entities", Mixing::kNone));
  return online;
}

Result<RowsBody> parse_push_body(std::string_view bytes) {
  GN_ASSIGN(Body body, Body::parse(bytes, {"push_source_name", "df", "to", "allow_registry_cache", "transform_on_write"}));
  GN_ASSIGN(RowsBody push, rows_body(body, "push_source_name"));
  if (!body.find("to")) return push;
  GN_ASSIGN(std::string to, body.text("to"));
  if (to == "online") push.to = PushTo::kOnline;
  else if (to == "offline") push.to = PushTo::kOffline;
  else if (to == "online_and_offline") push.to = PushTo::kOnlineAndOffline;
  else return bad_member(fmt::format("\"to\" is \"{}\"", to), "it is online, offline or online_and_offline");
  return push;
}

Result<RowsBody> parse_write_body(std::string_view bytes) {
  GN_ASSIGN(Body body, Body::parse(bytes, {"feature_view_name", "df", "allow_registry_cache", "transform_on_write"}));
  return rows_body(body, "feature_view_name");
}

Result<MaterializeBody> parse_materialize_body(std::string_view bytes, MaterializeForm form) {
  GN_ASSIGN(Body body, Body::parse(bytes, {"start_ts", "end_ts", "feature_views", "disable_event_timestamp", "full_feature_names", "version"}));
  GN_TRY(body.refuse_if_set({"disable_event_timestamp", "version"}));
  MaterializeBody materialize;
  if (form == MaterializeForm::kInterval) {
    GN_ASSIGN(materialize.start, body.time("start_ts"));
  } else if (body.find("start_ts")) {
    return bad_member("\"start_ts\" has no place here: an incremental materialization starts where the last one ended");
  }
  GN_ASSIGN(materialize.end, body.time("end_ts"));
  GN_ASSIGN(materialize.views, body.texts("feature_views"));
  return materialize;
}

}  // namespace gnomon
