// The list of expectations. One that is not named here does not exist.
#include "quality/expectation.h"

namespace gnomon {
namespace {

const std::vector<Expectation>& registered() {
  static const std::vector<Expectation> all = {
      between_expectation(), in_set_expectation(), not_null_expectation(), regex_expectation(), unique_expectation(),
  };
  return all;
}

}  // namespace

const Expectation* find_expectation(std::string_view type) {
  for (const Expectation& expectation : registered()) {
    if (expectation.info.name == type) return &expectation;
  }
  return nullptr;
}

const std::vector<ExpectationInfo>& builtin_expectations() {
  static const std::vector<ExpectationInfo> all = [] {
    std::vector<ExpectationInfo> infos;
    for (const Expectation& expectation : registered()) infos.push_back(expectation.info);
    return infos;
  }();
  return all;
}

}  // namespace gnomon
