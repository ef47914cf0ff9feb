#include "engine/served_log.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/time_text.h"
#include "engine/served_file.h"

namespace gnomon {
namespace {

namespace fs = std::filesystem;

constexpr TimeUs kRemoveEveryUs = 10 * kMinuteUs;

// Sebastiano Vigna's splitmix64: consecutive numbers become independent ones.
uint64_t mixed(uint64_t number) {
  number += 0x9e3779b97f4a7c15;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return number ^ (number >> 31);
}

// Services have a folder each; so have lists of features, named by their hash.
std::string label_of(const ServedAnswer& served) {
  const FeatureRequest& asked = served.features;
  if (!asked.feature_service.empty()) return asked.feature_service;
  std::string text;
  for (const std::string& feature : asked.features) text += feature + "\n";
  return "features-" + hash128_hex(text).substr(0, 8);
}

}  // namespace

ServedLog::ServedLog(std::string folder, const ServedLogOptions& options, Env* env)
    : folder_(std::move(folder)), options_(options), env_(env), seed_(env->random_u64()), thread_([this] { work(); }) {}

ServedLog::~ServedLog() {
  {
    std::lock_guard lock(mutex_);
    stops_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

bool ServedLog::samples() {
  if (options_.sample >= 1) return true;
  const uint64_t number = mixed(seed_ + asked_.fetch_add(1, std::memory_order_relaxed));
  return static_cast<double>(number >> 11) * 0x1p-53 < options_.sample;
}

void ServedLog::add(ServedAnswer served) {
  const int64_t cells = served.cells();
  {
    std::lock_guard lock(mutex_);
    if (waiting_.size() >= kMostWaiting || waiting_cells_ + cells > kMostWaitingCells) {
      ++dropped_;
      return;
    }
    waiting_cells_ += cells;
    waiting_.push_back(std::move(served));
  }
  ++logged_;
  wake_.notify_one();
}

Status ServedLog::flush() {
  std::unique_lock lock(mutex_);
  const uint64_t mine = ++flushes_asked_;
  wake_.notify_all();
  settled_.wait(lock, [&] { return flushes_done_ >= mine; });
  return last_write_;
}

ServedLogCounters ServedLog::counters() const {
  return {.logged = logged_, .dropped = dropped_, .failed = failed_, .files = files_};
}

void ServedLog::work() {
  using Clock = std::chrono::steady_clock;
  const auto roll_every = std::chrono::microseconds(options_.roll_every_us);
  auto next_roll = Clock::now() + roll_every;
  std::unique_lock lock(mutex_);
  while (true) {
    auto is_called = [&] { return stops_ || !waiting_.empty() || flushes_asked_ > flushes_done_; };
    wake_.wait_until(lock, next_roll, is_called);
    const bool stops = stops_;
    const uint64_t flushes = flushes_asked_;
    const bool is_asked = stops || flushes > flushes_done_;
    std::deque<ServedAnswer> taken = std::exchange(waiting_, {});
    waiting_cells_ = 0;
    lock.unlock();
    if (buffered_.empty() && !taken.empty()) next_roll = Clock::now() + roll_every;
    take(std::move(taken));
    if (is_asked || Clock::now() >= next_roll || buffered_cells_ >= kMostBufferedCells) {
      write_buffered();
      next_roll = Clock::now() + roll_every;
    }
    lock.lock();
    flushes_done_ = flushes;
    settled_.notify_all();
    if (stops && waiting_.empty()) return;
  }
}

void ServedLog::take(std::deque<ServedAnswer> answers) {
  for (ServedAnswer& served : answers) {
    buffered_cells_ += served.cells();
    buffered_[shape_of(served)].push_back(std::move(served));
  }
}

void ServedLog::write_buffered() {
  Status status;
  for (const auto& [shape, answers] : buffered_) {
    Status one = write_file(answers);
    if (one.ok()) {
      ++files_;
    } else {
      failed_ += answers.size();
      status = one;
    }
  }
  if (!buffered_.empty()) {
    std::lock_guard lock(mutex_);
    last_write_ = status;
  }
  buffered_.clear();
  buffered_cells_ = 0;
  remove_old_files();
}

Status ServedLog::write_file(const std::vector<ServedAnswer>& answers) {
  GN_ASSIGN(std::string bytes, served_file_bytes(answers));
  const std::string folder = folder_ + "/" + label_of(answers.front());
  GN_TRY(env_->make_dirs(folder));
  env_->kill_point("served_log.before_write");
  // Named by the time of its first answer, so that names sort as answers came.
  return env_->write_file_atomic(
      fmt::format("{}/{:016d}-{:016x}.parquet", folder, answers.front().served_at, env_->random_u64()), bytes);
}

void ServedLog::remove_old_files() {
  const TimeUs now = env_->now_us();
  if (options_.keep_us == 0 || (removed_at_us_ != 0 && now - removed_at_us_ < kRemoveEveryUs)) return;
  removed_at_us_ = now;
  for (const std::string& path : served_files(folder_)) {
    const TimeUs first = std::strtoll(fs::path(path).filename().c_str(), nullptr, 10);
    // A file that cannot be removed is tried again next time.
    if (first > 0 && first < now - options_.keep_us) static_cast<void>(env_->remove_file(path));
  }
}

std::vector<std::string> served_files(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.ends_with(".parquet") && !name.starts_with(".")) paths.push_back(at->path().string());
  }
  std::sort(paths.begin(), paths.end(),
            [](const std::string& a, const std::string& b) { return fs::path(a).filename() < fs::path(b).filename(); });
  return paths;
}

}  // namespace gnomon
