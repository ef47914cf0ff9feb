// Sets that are registered by name. Binding finds the set and makes the kernel; here is what people read about it.
#include "transform/expressions/function.h"
#include "transform/expressions/operators.h"

namespace gnomon {

std::vector<Function> lookup_functions() {
  Function in_set{std::string(kInSet), {}};
  in_set.info =
      FunctionInfo{"in_set", "in_set(x, 'name')", "Whether a registered lookup set holds x, or the range of one does.",
                   "in_set('10.1.2.3', 'vpn_ranges')", "True"};
  return {in_set};
}

LookupSets example_lookup_sets() { return {{"vpn_ranges", {{}, {"10.0.0.0/8", "2001:db8::/32"}}}}; }

}  // namespace gnomon
