#include "transform/expressions/kernels.h"

namespace gnomon {

Kernel arrow_kernel(std::string function, std::shared_ptr<arrow::compute::FunctionOptions> options,
                    std::shared_ptr<arrow::DataType> result) {
  return [function = std::move(function), options = std::move(options),
          result = std::move(result)](const Values& values) -> Result<arrow::Datum> {
    GN_ARROW_ASSIGN(arrow::Datum out, "evaluating " + function,
                    arrow::compute::CallFunction(function, values, options.get()));
    if (result == nullptr || out.type()->Equals(*result)) return out;
    GN_ARROW_ASSIGN(arrow::Datum cast, "evaluating " + function, arrow::compute::Cast(out, result));
    return cast;
  };
}

std::string constant_text(const arrow::Scalar& constant) {
  return std::string(static_cast<const arrow::BaseBinaryScalar&>(constant).view());
}

}  // namespace gnomon
