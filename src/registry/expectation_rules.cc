#include "registry/expectation_rules.h"

#include <algorithm>

#include <fmt/format.h>

#include "gnomon/registry.h"

namespace gnomon {
namespace {

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void check_columns(const v1::Check& check, const v1::Origin& origin, const std::string& owner,
                   const std::optional<std::vector<std::string>>& columns, Problems* problems) {
  if (check.columns().empty()) {
    problems->add(origin, "GN130", fmt::format("{} of {} names no column", check.type(), owner),
                  "Name the column it is about");
  }
  for (const std::string& column : check.columns()) {
    if (!columns || contains(*columns, column)) continue;
    problems->add(origin, "GN101", fmt::format("unknown column \"{}\" in {} of {}", column, check.type(), owner),
                  suggest(column, *columns, "It declares no columns"));
  }
}

}  // namespace

const std::vector<ExpectationRule>& expectation_rules() {
  using Columns = ExpectationRule::Columns;
  static const std::vector<ExpectationRule> rules = {
      {"not_null", Columns::kEach, {"mostly"}, {}},
      {"between", Columns::kEach, {"min", "max", "strict_min", "strict_max", "mostly"}, {"min", "max"}},
      {"in_set", Columns::kEach, {"values", "mostly"}, {"values"}},
      {"unique", Columns::kTogether, {"mostly"}, {}},
      {"regex", Columns::kEach, {"pattern", "mostly"}, {"pattern"}},
  };
  return rules;
}

const ExpectationRule* find_expectation_rule(const std::string& type) {
  for (const ExpectationRule& rule : expectation_rules()) {
    if (rule.type == type) return &rule;
  }
  return nullptr;
}

std::vector<std::string> expectation_types() {
  std::vector<std::string> types;
  for (const ExpectationRule& rule : expectation_rules()) types.emplace_back(rule.type);
  return types;
}

void check_expectation(const v1::Check& check, const v1::Origin& owner_origin, const std::string& owner,
                       const std::optional<std::vector<std::string>>& columns, Problems* problems) {
  const v1::Origin& origin = check.origin().line() > 0 ? check.origin() : owner_origin;
  const ExpectationRule* rule = find_expectation_rule(check.type());
  if (rule == nullptr) {
    problems->add(origin, "GN130", fmt::format("unknown expectation \"{}\" of {}", check.type(), owner),
                  suggest(check.type(), expectation_types(), ""));
    return;
  }
  check_columns(check, origin, owner, columns, problems);
  for (const auto& [name, value] : check.params()) {
    if (contains(rule->parameters, name)) continue;
    problems->add(origin, "GN130", fmt::format("unknown parameter \"{}\" of {} of {}", name, check.type(), owner),
                  suggest(name, rule->parameters, ""));
  }
  bool given = std::any_of(rule->needed.begin(), rule->needed.end(),
                           [&](const std::string& name) { return check.params().contains(name); });
  if (!rule->needed.empty() && !given) {
    problems->add(origin, "GN130",
                  fmt::format("{} of {} needs `{}`", check.type(), owner, fmt::join(rule->needed, "` or `")), "");
  }
  static const std::vector<std::string> kActions = {"block", "quarantine", "pass"};
  if (!check.on_fail().empty() && !contains(kActions, check.on_fail())) {
    problems->add(origin, "GN130", fmt::format("unknown on_fail \"{}\" of {} of {}", check.on_fail(), check.type(), owner),
                  suggest(check.on_fail(), kActions, ""));
  }
}

}  // namespace gnomon
