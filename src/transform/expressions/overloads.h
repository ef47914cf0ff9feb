// Which overload a call means, and what to say when there is none.
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "transform/expressions/function.h"

namespace gnomon {

// ERRORS: GN167 a wrong number of arguments, GN166 types that no overload takes.
Result<const Overload*> choose_overload(const Function& function, const std::vector<ValueType>& arguments,
                                        const Expression& call);

// The way out for types that do not go together, or empty.
std::string mismatch_hint(const std::vector<ValueType>& types);

// The expression for a message: its canonical text, cut where it is long.
std::string shown(const Expression& expression);

}  // namespace gnomon
