// Asking for None, and replacing it.
#include "transform/expressions/kernels.h"
#include "transform/expressions/operators.h"

namespace gnomon {

std::vector<Function> null_functions() {
  Function coalesce{"coalesce",
                    {},
                    Arity::kVariadic,
                    FunctionInfo{"coalesce", "coalesce(x, y, …)", "The first of its arguments that is not None.",
                                 "coalesce(None, 3)", "3"}};
  for (ValueType type : kScalarTypes) coalesce.overloads.push_back({{type}, type, arrow_kernel("coalesce")});
  return {
      {std::string(kIsNone), {{{ValueType::kAny}, ValueType::kBool, arrow_kernel("is_null")}}},
      coalesce,
  };
}

}  // namespace gnomon
