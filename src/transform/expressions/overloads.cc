#include "transform/expressions/overloads.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "transform/expressions/operators.h"
#include "transform/expressions/text_encoding.h"

namespace gnomon {
namespace {

constexpr size_t kShownBytes = 160;

// How many arguments are converted from Int64 to Float64; nothing if they do not fit.
std::optional<int> conversions(const std::vector<ValueType>& parameters, const std::vector<ValueType>& arguments,
                               Arity arity) {
  int count = 0;
  if (arity == Arity::kFixed ? arguments.size() != parameters.size() : arguments.size() < parameters.size())
    return std::nullopt;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const ValueType parameter = parameters[std::min(i, parameters.size() - 1)];
    const ValueType argument = arguments[i];
    if (parameter == ValueType::kAny || argument == parameter || argument == ValueType::kNull) continue;
    const bool widens = (argument == ValueType::kInt && parameter == ValueType::kFloat) ||
                        (argument == ValueType::kIntArray && parameter == ValueType::kFloatArray);
    if (!widens) return std::nullopt;
    ++count;
  }
  return count;
}

bool has(const std::vector<ValueType>& types, ValueType wanted) {
  return std::find(types.begin(), types.end(), wanted) != types.end();
}

std::string names(const std::vector<ValueType>& types) {
  std::vector<std::string> words;
  for (ValueType type : types) words.emplace_back(value_type_name(type));
  return fmt::format("{}", fmt::join(words, ", "));
}

Status check_count(const Function& function, size_t given, const Expression& call) {
  std::set<size_t> counts;
  for (const Overload& overload : function.overloads) counts.insert(overload.parameters.size());
  if (function.arity == Arity::kFixed ? counts.contains(given) : given >= *counts.begin()) return Status();
  std::string wanted = fmt::format("{}{}", function.arity == Arity::kFixed ? "" : "at least ", fmt::join(counts, " or "));
  return Status(Code::kInvalidArgument, "GN167",
                fmt::format("{}() takes {} argument{}, not {}: {}", function.name, wanted, wanted.ends_with("1") ? "" : "s",
                            given, shown(call)),
                function.info ? fmt::format("Write {}", function.info->signature) : "");
}

std::string accepted(const Function& function) {
  std::vector<std::string> forms;
  for (const Overload& overload : function.overloads) {
    forms.push_back(fmt::format("({}{})", names(overload.parameters), function.arity == Arity::kVariadic ? ", …" : ""));
  }
  return fmt::format("It takes {}", fmt::join(forms, ", "));
}

}  // namespace

std::string shown(const Expression& expression) {
  std::string text = expression.to_string();
  if (text.size() <= kShownBytes) return text;
  size_t end = kShownBytes;
  while (end > 0 && !starts_character(text[end])) --end;
  return text.substr(0, end) + "…";
}

std::string mismatch_hint(const std::vector<ValueType>& types) {
  const bool number = has(types, ValueType::kInt) || has(types, ValueType::kFloat);
  if (has(types, ValueType::kTime)) return "Write a time as timestamp('2013-01-01T00:00:00Z')";
  if (has(types, ValueType::kString) && number) return "Put the value in quotes, or declare the column as a number";
  if (has(types, ValueType::kString) && has(types, ValueType::kBytes)) return "Write bytes as b'…'";
  if (has(types, ValueType::kBool) && number) return "A Bool is no number: write `flag`, `not flag`, or 1 if flag else 0";
  return "";
}

Result<const Overload*> choose_overload(const Function& function, const std::vector<ValueType>& arguments,
                                        const Expression& call) {
  GN_TRY(check_count(function, arguments.size(), call));
  const Operator* known = find_operator(call.name());
  if (known != nullptr && known->precedence == kPrecedenceComparison && known->name != kIsNone &&
      has(arguments, ValueType::kNull)) {
    return Status(Code::kInvalidArgument, "GN166", fmt::format("a comparison with None is never true: {}", shown(call)),
                  "Write: x is None, or x is not None");
  }
  const Overload* best = nullptr;
  int fewest_conversions = 0;
  for (const Overload& overload : function.overloads) {
    std::optional<int> needed = conversions(overload.parameters, arguments, function.arity);
    if (needed && (best == nullptr || *needed < fewest_conversions)) {
      best = &overload;
      fewest_conversions = *needed;
    }
  }
  if (best != nullptr) return best;
  std::string what =
      known != nullptr ? fmt::format("\"{}\"", function.name == kNegate ? "-" : function.name) : function.name + "()";
  std::string hint = mismatch_hint(arguments);
  return Status(Code::kInvalidArgument, "GN166", fmt::format("{} does not take {}: {}", what, names(arguments), shown(call)),
                hint.empty() ? accepted(function) : hint);
}

}  // namespace gnomon
