#include <map>

#include <arrow/compute/initialize.h>

#include "transform/expressions/function.h"

namespace gnomon {
namespace {

using FunctionTable = std::map<std::string, Function>;

FunctionTable make_table() {
  GN_ASSERT(arrow::compute::Initialize().ok());  // kernels are called by name
  FunctionTable table;
  for (auto group :
       {logic_functions, comparison_functions, arithmetic_functions, null_functions, number_functions, string_functions,
        text_functions, time_functions, duration_functions, trigonometric_functions, array_functions, vector_functions,
        place_functions, hashing_functions, network_functions, lookup_functions}) {
    for (Function& function : group()) {
      GN_ASSERT(!function.info || function.info->name == function.name);
      std::string name = function.name;
      GN_ASSERT(table.emplace(std::move(name), std::move(function)).second);
    }
  }
  return table;
}

const FunctionTable& table() {
  static const FunctionTable made = make_table();
  return made;
}

}  // namespace

const Function* find_function(const std::string& name) {
  auto found = table().find(name);
  return found == table().end() ? nullptr : &found->second;
}

std::vector<FunctionInfo> builtin_functions() {
  std::vector<FunctionInfo> infos;
  for (const auto& [name, function] : table()) {
    if (function.info) infos.push_back(*function.info);
  }
  return infos;
}

}  // namespace gnomon
