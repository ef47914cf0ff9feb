// Network addresses, written as text.
#include "transform/expressions/address_ranges.h"
#include "transform/expressions/kernels.h"

namespace gnomon {

std::vector<Function> network_functions() {
  Prepare ranges = [](const std::vector<std::shared_ptr<arrow::Scalar>>& constants) -> Result<Kernel> {
    std::vector<std::string> cidrs;
    for (const auto& constant : constants) cidrs.push_back(constant_text(*constant));
    return address_membership(cidrs);
  };
  Function in_cidr{"in_cidr", {}, Arity::kVariadic};
  in_cidr.overloads.push_back(
      {{ValueType::kString, ValueType::kString}, ValueType::kBool, nullptr, OwnNull::kMissing, 1, ranges});
  in_cidr.info = FunctionInfo{"in_cidr", "in_cidr(address, range, …)",
                              "Whether an address lies in one of the ranges; None if the text is no address.",
                              "in_cidr('10.1.2.3', '10.0.0.0/8')", "True"};
  return {in_cidr};
}

}  // namespace gnomon
