// Which expectations exist and which parameters each takes: what definitions may say, before anything is evaluated.
// Whether values fit (a regex compiles, a bound is a number) is the business of quality's check_definition.
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gnomon/v1/manifest.pb.h"
#include "registry/problems.h"

namespace gnomon {

struct ExpectationRule {
  enum class Columns { kEach, kTogether };  // several columns: looked at one by one, or as a combination
  const char* type;
  Columns columns;
  std::vector<std::string> parameters;  // what may be given, columns aside
  std::vector<std::string> needed;      // one of these has to be given; empty: nothing needed
};

const std::vector<ExpectationRule>& expectation_rules();
const ExpectationRule* find_expectation_rule(const std::string& type);  // null: unknown
std::vector<std::string> expectation_types();

// GN130 for an unknown type or parameter, a missing one, a missing column, an unknown on_fail; GN101 for a column that is not
// among `columns` (nullopt: not known, nothing to compare with). `owner`: "source weather".
void check_expectation(const v1::Check& check, const v1::Origin& owner_origin, const std::string& owner,
                       const std::optional<std::vector<std::string>>& columns, Problems* problems);

}  // namespace gnomon
