// Vectors: arrays of numbers of one length. Where the lengths differ, or an element is None, there is no answer.
#include <cmath>

#include "transform/expressions/kernels.h"
#include "transform/expressions/list_operand.h"

namespace gnomon {
namespace {

using arrow::DoubleArray;
using arrow::DoubleType;

// Sums of products from left to right, as they are written down; false if there is no answer.
bool product(const ListOperand& a, ListRange in_a, const ListOperand& b, ListRange in_b, double* sum) {
  if (in_a.end - in_a.begin != in_b.end - in_b.begin) return false;
  const auto& left = static_cast<const DoubleArray&>(*a.elements());
  const auto& right = static_cast<const DoubleArray&>(*b.elements());
  *sum = 0;
  for (int64_t i = 0; i < in_a.end - in_a.begin; ++i) {
    if (left.IsNull(in_a.begin + i) || right.IsNull(in_b.begin + i)) return false;
    *sum += left.Value(in_a.begin + i) * right.Value(in_b.begin + i);
  }
  return true;
}

template <class Fn>
Kernel of_two(Fn fn) {
  return [fn](const Values& values) -> Result<arrow::Datum> {
    GN_ASSIGN(ListOperand a, ListOperand::of(values[0]));
    GN_ASSIGN(ListOperand b, ListOperand::of(values[1]));
    return map_operands<DoubleType>([&](ListRange in_a, ListRange in_b, double* out) { return fn(a, in_a, b, in_b, out); },
                                    a, b);
  };
}

bool cosine(const ListOperand& a, ListRange in_a, const ListOperand& b, ListRange in_b, double* out) {
  double both = 0, left = 0, right = 0;
  if (!product(a, in_a, b, in_b, &both) || !product(a, in_a, a, in_a, &left) || !product(b, in_b, b, in_b, &right))
    return false;
  *out = both / (std::sqrt(left) * std::sqrt(right));
  return true;
}

Result<arrow::Datum> length_of(const Values& values) {
  GN_ASSIGN(ListOperand a, ListOperand::of(values[0]));
  return map_operands<DoubleType>(
      [&](ListRange range, double* out) {
        if (!product(a, range, a, range, out)) return false;
        *out = std::sqrt(*out);
        return true;
      },
      a);
}

}  // namespace

std::vector<Function> vector_functions() {
  const std::vector<ValueType> two = {ValueType::kFloatArray, ValueType::kFloatArray};
  return {
      {"dot",
       {{two, ValueType::kFloat, of_two(product)}},
       Arity::kFixed,
       FunctionInfo{"dot", "dot(a, b)", "The dot product of two vectors; None if their lengths differ.",
                    "dot([1, 2], [3, 4])", "11.0"}},
      {"l2_norm",
       {{{ValueType::kFloatArray}, ValueType::kFloat, length_of}},
       Arity::kFixed,
       FunctionInfo{"l2_norm", "l2_norm(a)", "The Euclidean length of a vector.", "l2_norm([3, 4])", "5.0"}},
      {"cosine_similarity",
       {{two, ValueType::kFloat, of_two(cosine)}},
       Arity::kFixed,
       FunctionInfo{"cosine_similarity", "cosine_similarity(a, b)",
                    "The cosine of the angle between two vectors; NaN if one has no direction.",
                    "cosine_similarity([1, 0], [0, 2])", "0.0"}},
  };
}

}  // namespace gnomon
