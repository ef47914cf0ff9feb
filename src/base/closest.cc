// "Did you mean": the nearest candidate by Damerau-Levenshtein distance (optimal string alignment), small enough to be a slip.
#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "base/closest.h"

namespace gnomon {
namespace {

constexpr size_t kMaxComparedLength = 64;  // longer than any valid name: nothing to suggest

std::string folded(const std::string& word) {
  std::string lower = word;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> before_previous(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, replaced});
      bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) current[j] = std::min(current[j], before_previous[j - 2] + 1);
    }
    before_previous = previous;
    previous = current;
  }
  return previous[b.size()];
}

}  // namespace

std::string closest(const std::string& word, const std::vector<std::string>& candidates) {
  if (word.empty() || word.size() > kMaxComparedLength) return "";
  const std::string wanted = folded(word);
  const size_t tolerated = std::max<size_t>(1, wanted.size() / 3);
  std::string best;
  size_t best_distance = tolerated + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.empty() || candidate.size() > kMaxComparedLength) continue;
    size_t distance = edit_distance(wanted, folded(candidate));
    if (distance < best_distance || (distance == best_distance && !best.empty() && candidate < best)) {
      best = candidate;
      best_distance = distance;
    }
  }
  // A slip keeps at least one letter of a short word: "ab" is no misspelt "xy".
  return best_distance <= tolerated && best_distance < wanted.size() ? best : "";
}

}  // namespace gnomon
