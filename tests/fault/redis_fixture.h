// A view of users with one number each, in a store over Redis servers that tests do things to.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "gnomon/redis_store.h"
#include "redis_server.h"

namespace gnomon {

inline constexpr TimeUs kNow = 1'000'000;
inline constexpr const char* kPrefix = "shop";

struct Fact {
  int64_t user;
  int64_t x;
  TimeUs event_time;
};

OnlineViewSpec user_view();
Status write_facts(OnlineStore& store, const OnlineViewSpec& view, const std::vector<Fact>& facts,
                   const std::vector<OnlineMark>& marks = {});

// For users 0 … count - 1 as of kNow: "7", "NOT_FOUND", "failed: GN530", …; one text if the read failed.
std::vector<std::string> read_users(OnlineStore& store, const OnlineViewSpec& view, int64_t count, TimeUs t = kNow);

std::unique_ptr<OnlineStore> open_store(const std::string& connection, const std::string& folder, Env* env = Env::real(),
                                        int read_timeout_ms = 250, OpenMode mode = OpenMode::kOwn);

class Stopwatch {
 public:
  int64_t ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// The key that user_view()'s rows of a user have, if it is the first view of the store.
std::string row_key(int64_t user);

}  // namespace gnomon
