#include "window_store_rounds.h"

#include <random>

#include <fmt/format.h>

namespace gnomon {

std::vector<WindowRecord> window_rounds(TimeUs round, size_t bytes) {
  std::vector<WindowRecord> records;
  std::mt19937_64 random(static_cast<uint64_t>(round));
  for (int user = 0; user < 50; ++user) {
    std::string value = fmt::format("{} ", round);
    while (value.size() < bytes) value.push_back(static_cast<char>(random()));  // no compression makes it smaller
    for (uint8_t level : {0, 1, 2}) records.push_back({fmt::format("user {}", user), level, 0, value});
  }
  return records;
}

std::string rounds_seen(OnlineStore& store) {
  std::string seen;
  for (int user = 0; user < 50; ++user) {
    for (uint8_t level : {0, 1, 2}) {
      std::string round = "nothing";
      const Status status = store.windows()->scan_records(kWindowRounds, fmt::format("user {}", user), level, INT64_MIN,
                                                          INT64_MAX, false, [&](TimeUs, std::string_view bytes) {
                                                            round = bytes.substr(0, bytes.find(' '));
                                                            return true;
                                                          });
      if (!status.ok()) return status.to_string();
      if (seen.empty()) seen = round;
      if (seen != round) return fmt::format("torn: {} and {}", seen, round);
    }
  }
  auto mark = store.get_mark("round");
  if (!mark.ok()) return mark.status().to_string();
  return mark->value_or("nothing") == seen ? seen : fmt::format("records of {}, mark {}", seen, mark->value_or("nothing"));
}

}  // namespace gnomon
