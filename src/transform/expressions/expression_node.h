// The inside of an Expression.
#pragma once

#include <string>
#include <vector>

#include "gnomon/expression.h"

namespace gnomon {

struct Expression::Node {
  ExpressionKind kind;
  Literal value;
  std::string name;
  std::vector<Expression> arguments;
  uint32_t depth = 1;
  uint32_t size = 1;  // nodes, a shared subtree counted each time: what a walk visits
};

}  // namespace gnomon
