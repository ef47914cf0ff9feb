#include "registry/problems.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "gnomon/registry.h"
#include "registry/objects.h"

namespace gnomon {
namespace {

constexpr size_t kMaxNameLength = 63;
constexpr size_t kMaxListedCandidates = 8;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool is_valid_name(const std::string& name) {
  if (name.empty() || name.size() > kMaxNameLength || !is_letter(name[0])) return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace

void Problems::add(const v1::Origin& origin, Status status) {
  problems_.push_back({origin.file(), origin.line(), status.with_where(place_of(origin))});
}

void Problems::add(const v1::Origin& origin, const char* id, std::string message, std::string hint) {
  add(origin, Status(Code::kInvalidArgument, id, std::move(message), std::move(hint)));
}

void Problems::check_name(const v1::Origin& origin, const std::string& what, const std::string& name) {
  if (is_valid_name(name)) return;
  add(origin, "GN104",
      name.empty() ? fmt::format("{} without a name", what) : fmt::format("bad name for {}: \"{}\"", what, name),
      fmt::format("Letters, digits and _, not starting with a digit, at most {} characters", kMaxNameLength));
}

void Problems::add_unsupported(const v1::Origin& origin, const std::string& keyword, const std::string& owner) {
  add(origin, Status(Code::kUnimplemented, "GN109", fmt::format("`{}` of {} is not supported yet", keyword, owner),
                     "Remove it; it would change what the values mean, so it is not ignored"));
}

std::vector<Status> Problems::take() {
  std::stable_sort(problems_.begin(), problems_.end(),
                   [](const Problem& a, const Problem& b) { return std::tie(a.file, a.line) < std::tie(b.file, b.line); });
  std::vector<Status> statuses;
  for (Problem& problem : problems_) statuses.push_back(std::move(problem.status));
  problems_.clear();
  return statuses;
}

std::string suggest(const std::string& word, const std::vector<std::string>& candidates, const std::string& otherwise) {
  std::string candidate = closest(word, candidates);
  if (!candidate.empty()) return fmt::format("Did you mean \"{}\"?", candidate);
  if (candidates.empty()) return otherwise;
  size_t listed = std::min(candidates.size(), kMaxListedCandidates);
  std::string list =
      fmt::format("{}", fmt::join(candidates.begin(), candidates.begin() + static_cast<ptrdiff_t>(listed), ", "));
  return fmt::format("Known: {}{}", list, listed < candidates.size() ? ", …" : "");
}

}  // namespace gnomon
