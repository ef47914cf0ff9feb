#include "transform_expressions_oracle.h"

#include <cmath>

#include <arrow/api.h>
#include <gtest/gtest.h>

namespace gnomon {
namespace {

__extension__ using Wide = __int128;
__extension__ using Quad = __float128;  // rounds a quotient of integers wrongly at odds of 1 : 2^50

using Values = std::vector<OracleValue>;
const OracleValue kNone;

bool is_none(const OracleValue& value) { return std::holds_alternative<std::monostate>(value); }
bool is_int(const OracleValue& value) { return std::holds_alternative<int64_t>(value); }
bool is_float(const OracleValue& value) { return std::holds_alternative<double>(value); }
double as_float(const OracleValue& value) {
  return is_int(value) ? static_cast<double>(std::get<int64_t>(value)) : std::get<double>(value);
}
// Holds every int64 and every double exactly on the machines that the tests run on.
long double as_exact(const OracleValue& value) {
  return is_int(value) ? static_cast<long double>(std::get<int64_t>(value)) : std::get<double>(value);
}

OracleValue narrowed(Wide value) {
  return value < INT64_MIN || value > INT64_MAX ? kNone : OracleValue(static_cast<int64_t>(value));
}

template <class T>
bool holds(const std::string& op, const T& a, const T& b) {
  if (op == "==") return a == b;
  if (op == "!=") return !(a == b);
  if (op == "<") return a < b;
  if (op == "<=") return a < b || a == b;
  if (op == ">") return b < a;
  return b < a || a == b;
}

bool compare(const std::string& op, const OracleValue& a, const OracleValue& b) {
  if (is_int(a) || is_float(a)) return holds(op, as_exact(a), as_exact(b));
  if (const bool* flag = std::get_if<bool>(&a)) return holds(op, *flag, std::get<bool>(b));
  if (const OracleTime* time = std::get_if<OracleTime>(&a)) return holds(op, time->us, std::get<OracleTime>(b).us);
  auto bytes = [](const OracleValue& value) {
    const std::string& text =
        std::holds_alternative<std::string>(value) ? std::get<std::string>(value) : std::get<BytesLiteral>(value).bytes;
    return std::vector<unsigned char>(text.begin(), text.end());
  };
  return holds(op, bytes(a), bytes(b));
}

OracleValue integer_arithmetic(const std::string& op, Wide a, Wide b) {
  if (op == "+") return narrowed(a + b);
  if (op == "-") return narrowed(a - b);
  if (op == "*") return narrowed(a * b);
  if (op == "/")
    return b == 0 || a == 0 ? static_cast<double>(a) / static_cast<double>(b)
                            : static_cast<double>(static_cast<Quad>(a) / static_cast<Quad>(b));
  if (b == 0) return kNone;
  Wide quotient = a / b;
  if (quotient * b != a && (a < 0) != (b < 0)) --quotient;  // toward minus infinity
  return op == "//" ? narrowed(quotient) : narrowed(a - quotient * b);
}

OracleValue float_arithmetic(const std::string& op, double a, double b) {
  if (op == "+") return a + b;
  if (op == "-") return a - b;
  if (op == "*") return a * b;
  if (op == "/" || (op == "//" && b == 0)) return a / b;
  // Python Language Reference 6.7: the result has the sign of the divisor; x == (x // y) * y + (x % y).
  double remainder = std::fmod(a, b);
  bool moved = remainder != 0 && std::signbit(remainder) != std::signbit(b);
  if (op == "%")
    return b == 0 || std::isnan(remainder) ? remainder
           : remainder == 0                ? std::copysign(0.0, b)
           : moved                         ? remainder + b
                                           : remainder;
  double quotient = (a - remainder) / b - (moved ? 1.0 : 0.0);
  return quotient == 0 ? std::copysign(0.0, a / b) : std::isfinite(quotient) ? std::round(quotient) : quotient;
}

OracleValue to_integer(double value) {
  return value >= -0x1p63 && value < 0x1p63 ? OracleValue(static_cast<int64_t>(value)) : kNone;
}

OracleValue function_of_number(const std::string& name, const OracleValue& value) {
  if (name == "is_nan") return std::isnan(as_float(value));
  if (name == "float") return as_float(value);
  if (is_int(value)) {
    Wide number = std::get<int64_t>(value);
    return name == "abs" || name == "unary -" ? narrowed(name == "abs" && number >= 0 ? number : -number) : value;
  }
  double number = std::get<double>(value);
  if (name == "abs") return std::fabs(number);
  if (name == "unary -") return -number;
  if (name == "floor") return to_integer(std::floor(number));
  if (name == "ceil") return to_integer(std::ceil(number));
  if (name == "int") return to_integer(std::trunc(number));
  double below = std::floor(number);  // round: to the even of the two at a tie
  double rest = number - below;
  bool up = rest > 0.5 || (rest == 0.5 && std::fmod(below, 2.0) != 0);
  return to_integer(up ? below + 1 : below);
}

OracleValue function_of_text(const std::string& name, const Values& values) {
  const std::string& text = std::get<std::string>(values[0]);
  if (name == "length")
    return static_cast<int64_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
  if (name == "lower") {
    std::string out = text;
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
  }
  const std::string& part = std::get<std::string>(values[1]);
  if (name == "starts_with") return text.substr(0, part.size()) == part;
  return text.find(part) != std::string::npos;  // contains
}

OracleValue junction(const Expression& expression, const OracleRow& row) {
  const bool decides = expression.name() == "or";
  bool unknown = false;
  for (const Expression& argument : expression.arguments()) {
    OracleValue value = oracle_value(argument, row);
    if (is_none(value)) {
      unknown = true;
    } else if (std::get<bool>(value) == decides) {
      return decides;
    }
  }
  return unknown ? kNone : OracleValue(!decides);
}

OracleValue membership_of(const Expression& expression, const OracleRow& row) {
  OracleValue value = oracle_value(expression.arguments()[0], row);
  if (is_none(value)) return kNone;
  for (const Expression& item : expression.arguments()[1].arguments()) {
    if (compare("==", value, oracle_value(item, row))) return true;
  }
  return false;
}

OracleValue literal_value(const Literal& literal) {
  return std::visit([](const auto& value) { return OracleValue(value); }, literal);
}

// What a mix of integers and floats has as its type: the branch not taken decides too.
OracleValue widened(const OracleValue& value, bool to_float) {
  return to_float && is_int(value) ? OracleValue(as_float(value)) : value;
}

bool is_float_tree(const Expression& expression);

bool any_float(const std::vector<Expression>& expressions, size_t from) {
  return std::any_of(expressions.begin() + static_cast<ptrdiff_t>(from), expressions.end(), is_float_tree);
}

bool is_float_tree(const Expression& expression) {
  if (expression.kind() == ExpressionKind::kLiteral) return std::holds_alternative<double>(expression.value());
  if (expression.kind() == ExpressionKind::kColumn)
    return expression.name().starts_with("float") || expression.name() == "single";
  const std::string& name = expression.name();
  if (name == "/" || name == "float") return true;
  if (name == "if") return any_float(expression.arguments(), 1);
  if (name == "+" || name == "-" || name == "*" || name == "//" || name == "%" || name == "unary -" || name == "abs" ||
      name == "coalesce") {
    return any_float(expression.arguments(), 0);
  }
  return false;
}

OracleValue chosen(const Expression& expression, const OracleRow& row) {
  const std::vector<Expression>& arguments = expression.arguments();
  const bool to_float = is_float_tree(expression);
  if (expression.name() == "if") {
    OracleValue condition = oracle_value(arguments[0], row);
    return is_none(condition) ? kNone : widened(oracle_value(arguments[std::get<bool>(condition) ? 1 : 2], row), to_float);
  }
  for (const Expression& argument : arguments) {
    OracleValue value = oracle_value(argument, row);
    if (!is_none(value)) return widened(value, to_float);
  }
  return kNone;
}

}  // namespace

OracleValue oracle_value(const Expression& expression, const OracleRow& row) {
  if (expression.kind() == ExpressionKind::kLiteral) return literal_value(expression.value());
  if (expression.kind() == ExpressionKind::kColumn) return row.at(expression.name());
  const std::string& name = expression.name();
  if (name == "and" || name == "or") return junction(expression, row);
  if (name == "if" || name == "coalesce") return chosen(expression, row);
  if (name == "in") return membership_of(expression, row);
  if (name == "timestamp") return OracleTime{0};  // only '1970-01-01' is drawn
  Values values;
  for (const Expression& argument : expression.arguments()) values.push_back(oracle_value(argument, row));
  if (name == "is None") return is_none(values[0]);
  if (name == "float" && std::holds_alternative<std::string>(values[0]))
    return std::strtod(std::get<std::string>(values[0]).c_str(), nullptr);
  if (std::any_of(values.begin(), values.end(), is_none)) return kNone;
  if (name == "not") return !std::get<bool>(values[0]);
  if (name == "==" || name == "!=" || name[0] == '<' || name[0] == '>') return compare(name, values[0], values[1]);
  if (std::holds_alternative<std::string>(values[0]))
    return name == "+" ? std::get<std::string>(values[0]) + std::get<std::string>(values[1])
                       : function_of_text(name, values);
  if (values.size() == 1) return function_of_number(name, values[0]);
  if (is_int(values[0]) && is_int(values[1]))
    return integer_arithmetic(name, std::get<int64_t>(values[0]), std::get<int64_t>(values[1]));
  return float_arithmetic(name, as_float(values[0]), as_float(values[1]));
}

// ── drawing ─────────────────────────────────────────────────────────────────────────────────────────────────────────

namespace {

constexpr const char* kKindNames[] = {"bool", "int", "float", "string", "bytes", "time"};
constexpr DrawnKind kKinds[] = {DrawnKind::kBool,   DrawnKind::kInt,   DrawnKind::kFloat,
                                DrawnKind::kString, DrawnKind::kBytes, DrawnKind::kTime};

const int64_t kIntegers[] = {
    0,        1, -1, 2, 3, -7, 10, 255, INT64_MAX, INT64_MIN, INT64_MIN + 1, 1LL << 53, (1LL << 53) + 1, -(1LL << 53) - 1,
    1LL << 62};
const double kFloats[] = {0.0,    -0.0,  0.5,    1.0,    -1.0,    1.5,    2.5,      -2.5,      3.0,
                          1e-300, 1e300, 0x1p53, 0x1p63, -0x1p63, 0x1p62, INFINITY, -INFINITY, NAN};
const char* const kTexts[] = {"", "a", "b", "ab", "A", "abc", "größe", "\xF0\x9F\x98\x80", "Zz"};

Expression call(const char* function, std::vector<Expression> arguments) {
  return Expression::call(function, std::move(arguments)).value();
}

arrow::Status append(arrow::ArrayBuilder* builder, const OracleValue& value) {
  if (is_none(value)) return builder->AppendNull();
  switch (builder->type()->id()) {
    case arrow::Type::BOOL: return static_cast<arrow::BooleanBuilder*>(builder)->Append(std::get<bool>(value));
    case arrow::Type::INT16:
      return static_cast<arrow::Int16Builder*>(builder)->Append(static_cast<int16_t>(std::get<int64_t>(value)));
    case arrow::Type::INT64: return static_cast<arrow::Int64Builder*>(builder)->Append(std::get<int64_t>(value));
    case arrow::Type::FLOAT:
      return static_cast<arrow::FloatBuilder*>(builder)->Append(static_cast<float>(std::get<double>(value)));
    case arrow::Type::DOUBLE: return static_cast<arrow::DoubleBuilder*>(builder)->Append(std::get<double>(value));
    case arrow::Type::STRING: return static_cast<arrow::StringBuilder*>(builder)->Append(std::get<std::string>(value));
    case arrow::Type::BINARY:
      return static_cast<arrow::BinaryBuilder*>(builder)->Append(std::get<BytesLiteral>(value).bytes);
    default: return static_cast<arrow::TimestampBuilder*>(builder)->Append(std::get<OracleTime>(value).us);
  }
}

}  // namespace

std::shared_ptr<arrow::Schema> TypedDraw::schema() {
  const std::shared_ptr<arrow::DataType> types[] = {arrow::boolean(), arrow::int64(),
                                                    arrow::float64(), arrow::utf8(),
                                                    arrow::binary(),  arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")};
  arrow::FieldVector fields = {arrow::field("small", arrow::int16()), arrow::field("single", arrow::float32())};
  for (DrawnKind kind : kKinds) {
    for (const char* which : {"0", "1"})
      fields.push_back(arrow::field(std::string(kKindNames[static_cast<int>(kind)]) + which, types[static_cast<int>(kind)]));
  }
  return arrow::schema(fields);
}

Literal TypedDraw::literal(DrawnKind kind) {
  switch (kind) {
    case DrawnKind::kBool: return below(2) == 0;
    case DrawnKind::kInt:
      return below(4) == 0 ? static_cast<int64_t>(random_()) >> below(64) : kIntegers[below(std::size(kIntegers))];
    case DrawnKind::kFloat:
      return below(4) == 0 ? std::ldexp(static_cast<double>(static_cast<int64_t>(random_())), -static_cast<int>(below(80)))
                           : kFloats[below(std::size(kFloats))];
    case DrawnKind::kString: return std::string(kTexts[below(std::size(kTexts))]);
    default: return BytesLiteral{below(3) == 0 ? "\xff" : kTexts[below(std::size(kTexts))]};
  }
}

OracleRow TypedDraw::row() {
  OracleRow row;
  row["small"] = below(4) == 0 ? kNone : OracleValue(static_cast<int64_t>(below(7)) - 3);
  row["single"] = below(4) == 0 ? kNone : OracleValue(static_cast<double>(static_cast<int64_t>(below(9)) - 4) / 2);
  for (DrawnKind kind : kKinds) {
    for (const char* which : {"0", "1"}) {
      OracleValue value = kind == DrawnKind::kTime ? OracleValue(OracleTime{static_cast<int64_t>(below(5)) - 2})
                                                   : literal_value(literal(kind));
      row[std::string(kKindNames[static_cast<int>(kind)]) + which] = below(4) == 0 ? kNone : value;
    }
  }
  return row;
}

Expression TypedDraw::leaf(DrawnKind kind) {
  if (below(3) == 0)
    return kind == DrawnKind::kTime ? call("timestamp", {Expression::literal(std::string("1970-01-01"))})
                                    : Expression::literal(literal(kind));
  if (kind == DrawnKind::kInt && below(4) == 0) return Expression::column("small");
  if (kind == DrawnKind::kFloat && below(4) == 0) return Expression::column("single");
  return Expression::column(std::string(kKindNames[static_cast<int>(kind)]) + (below(2) == 0 ? "0" : "1"));
}

Expression TypedDraw::membership(DrawnKind kind, int levels) {
  std::vector<Expression> items;
  const bool number_kind = kind == DrawnKind::kInt || kind == DrawnKind::kFloat;
  for (size_t i = below(6); i > 0; --i) items.push_back(Expression::literal(literal(number_kind ? number() : kind)));
  return call("in", {tree(kind, levels - 1), Expression::list(std::move(items)).value()});
}

Expression TypedDraw::bool_tree(int levels) {
  static const char* const kComparisons[] = {"==", "!=", "<", "<=", ">", ">="};
  const DrawnKind kind = kKinds[below(std::size(kKinds))];
  const bool number_kind = kind == DrawnKind::kInt || kind == DrawnKind::kFloat;
  switch (below(9)) {
    case 0: return call("not", {tree(DrawnKind::kBool, levels - 1)});
    case 1: return call("is None", {tree(kind, levels - 1)});
    case 2: return kind == DrawnKind::kTime ? leaf(DrawnKind::kBool) : membership(kind, levels);
    case 3: return call("is_nan", {tree(number(), levels - 1)});
    case 4:
      return call(below(2) == 0 ? "starts_with" : "contains",
                  {tree(DrawnKind::kString, levels - 1), tree(DrawnKind::kString, levels - 1)});
    case 5:
    case 6:
      return call(
          below(2) == 0 ? "and" : "or",
          {tree(DrawnKind::kBool, levels - 1), below(8) == 0 ? Expression::literal({}) : tree(DrawnKind::kBool, levels - 1),
           tree(DrawnKind::kBool, levels - 1)});
    default:
      return call(kComparisons[below(6)],
                  {tree(number_kind ? number() : kind, levels - 1), tree(number_kind ? number() : kind, levels - 1)});
  }
}

// Of kFloat: sometimes an integer in a float's place, which is converted.
Expression TypedDraw::number_tree(DrawnKind kind, int levels) {
  static const char* const kToInteger[] = {"floor", "ceil", "round", "int"};
  static const char* const kArithmetic[] = {"+", "-", "*", "//", "%"};
  if (kind == DrawnKind::kInt) {
    if (below(6) == 0) return call(kToInteger[below(4)], {tree(number(), levels - 1)});
    if (below(8) == 0) return call("length", {tree(DrawnKind::kString, levels - 1)});
  } else {
    if (below(5) == 0) return call("/", {tree(number(), levels - 1), tree(number(), levels - 1)});
    if (below(8) == 0) return call("float", {tree(number(), levels - 1)});
  }
  if (below(5) == 0) return call(below(2) == 0 ? "abs" : "unary -", {tree(kind, levels - 1)});
  return call(kArithmetic[below(5)],
              {tree(kind, levels - 1), tree(kind == DrawnKind::kFloat ? number() : kind, levels - 1)});
}

Expression TypedDraw::tree(DrawnKind kind, int levels) {
  if (levels <= 0) return leaf(kind);
  if (below(8) == 0)
    return call("if", {tree(DrawnKind::kBool, levels - 1), tree(kind, levels - 1),
                       below(8) == 0 ? Expression::literal({}) : tree(kind, levels - 1)});
  if (below(8) == 0)
    return call("coalesce", {tree(kind, levels - 1), below(4) == 0 ? Expression::literal({}) : tree(kind, levels - 1),
                             tree(kind, levels - 1)});
  switch (kind) {
    case DrawnKind::kBool: return bool_tree(levels);
    case DrawnKind::kInt:
    case DrawnKind::kFloat: return number_tree(kind, levels);
    case DrawnKind::kString:
      return below(2) == 0 ? call("lower", {tree(kind, levels - 1)})
                           : call("+", {tree(kind, levels - 1), tree(kind, levels - 1)});
    default: return leaf(kind);
  }
}

std::shared_ptr<arrow::RecordBatch> batch_of(const std::vector<OracleRow>& rows) {
  auto schema = TypedDraw::schema();
  arrow::ArrayVector columns;
  for (const auto& field : schema->fields()) {
    std::unique_ptr<arrow::ArrayBuilder> builder = arrow::MakeBuilder(field->type()).ValueOrDie();
    for (const OracleRow& row : rows) EXPECT_TRUE(append(builder.get(), row.at(field->name())).ok());
    columns.push_back(builder->Finish().ValueOrDie());
  }
  return arrow::RecordBatch::Make(schema, static_cast<int64_t>(rows.size()), columns);
}

}  // namespace gnomon
