#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gnomon/quality.h"
#include "quality/check_params.h"
#include "quality/expectation.h"

namespace gnomon {
namespace {

Status check_columns(const v1::Check& check) {
  if (check.columns().empty()) return bad_check(check, "names no column");
  std::set<std::string> seen;
  for (const std::string& column : check.columns()) {
    if (!seen.insert(column).second) return bad_check(check, fmt::format("names column \"{}\" twice", column));
  }
  return Status();
}

Status check_on_fail(const v1::Check& check) {
  const std::string& on_fail = check.on_fail();
  if (on_fail.empty() || on_fail == "block" || on_fail == "quarantine" || on_fail == "pass") return Status();
  return bad_check(check, fmt::format("unknown on_fail: \"{}\"", on_fail), "It is one of block, quarantine, pass");
}

Status check_mostly(const v1::Check& check) {
  const v1::Value* mostly = find_param(check, "mostly");
  if (mostly == nullptr) return Status();
  if (is_number(*mostly) && mostly_of(check) > 0 && mostly_of(check) <= 1) return Status();
  return bad_check(check, "mostly must be a number above 0 and at most 1");
}

}  // namespace

Status check_definition(const v1::Check& check) {
  const Expectation* expectation = find_expectation(check.type());
  if (expectation == nullptr) {
    std::vector<std::string> known;
    for (const ExpectationInfo& info : builtin_expectations()) known.push_back(info.name);
    return bad_check(check, fmt::format("unknown expectation: \"{}\"", check.type()),
                     fmt::format("The known ones are {}", fmt::join(known, ", ")));
  }
  GN_TRY(check_columns(check));
  const std::vector<std::string>& parameters = expectation->info.parameters;
  for (const auto& [name, value] : check.params()) {
    if (name == "mostly" || std::find(parameters.begin(), parameters.end(), name) != parameters.end()) continue;
    return bad_check(
        check, fmt::format("unknown parameter: \"{}\"", name),
        parameters.empty() ? "It takes only mostly" : fmt::format("It takes {} and mostly", fmt::join(parameters, ", ")));
  }
  GN_TRY(check_on_fail(check));
  GN_TRY(check_mostly(check));
  return expectation->check_params(check);
}

}  // namespace gnomon
