// x in [a, b, c]: a set that is built once, when the expression is bound.
#pragma once

#include <vector>

#include "transform/expressions/typed_tree.h"

namespace gnomon {

// Whether a value of type `value` equals one of `items`; null for null. Items are converted to `value`'s type exactly: one that has no
// equal there (2.5 among integers, NaN) is dropped.
// REQUIRES: items are constants, not null, and of a type that can be compared with `value`, which is neither kNull nor an array.
Kernel membership(ValueType value, const std::vector<TypedNodePtr>& items);

}  // namespace gnomon
