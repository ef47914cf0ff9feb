// "Did you mean": what messages about unknown names suggest.
// Thread-safety: pure function.
#pragma once

#include <string>
#include <vector>

namespace gnomon {

// The candidate within a small edit distance of `word`, capitals aside, or empty. Ties go to the first by name.
std::string closest(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace gnomon
