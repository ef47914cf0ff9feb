#include "cli/command.h"

namespace gnomon::cli {

std::string Arguments::text(const std::string& name) const {
  auto found = values_.find(name);
  return found == values_.end() || found->second.empty() ? "" : found->second.front();
}

std::vector<std::string> Arguments::texts(const std::string& name) const {
  auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

std::vector<std::string> Arguments::split(const std::string& name) const {
  std::vector<std::string> parts;
  std::string all = text(name);
  for (size_t start = 0; start < all.size();) {
    size_t end = std::min(all.find(',', start), all.size());
    size_t first = all.find_first_not_of(' ', start);
    if (first < end) parts.push_back(all.substr(first, all.find_last_not_of(' ', end - 1) + 1 - first));
    start = end + 1;
  }
  return parts;
}

Status usage_error(const std::string& message, const std::string& hint) {
  return Status(Code::kInvalidArgument, kUsageErrorId, message, hint);
}

}  // namespace gnomon::cli
