// DyingEnv: for tests of what a crash leaves behind.
#pragma once

#include <string>
#include <utility>

#include <unistd.h>

#include "gnomon/env.h"

namespace gnomon {

// The operating system, but the process dies at the n-th visit of a kill point.
class DyingEnv : public Env {
 public:
  DyingEnv(std::string point, int visit) : point_(std::move(point)), visits_left_(visit) {}

  TimeUs now_us() override { return real_->now_us(); }
  uint64_t random_u64() override { return real_->random_u64(); }
  Status write_file_atomic(const std::string& path, std::string_view bytes) override {
    return real_->write_file_atomic(path, bytes);
  }
  Status put_if_absent(const std::string& path, std::string_view bytes) override {
    return real_->put_if_absent(path, bytes);
  }
  Status sync_file(const std::string& path) override { return real_->sync_file(path); }
  Result<std::string> read_file(const std::string& path) override { return real_->read_file(path); }
  Status make_dirs(const std::string& path) override { return real_->make_dirs(path); }
  Status remove_file(const std::string& path) override { return real_->remove_file(path); }
  void kill_point(std::string_view name) override {
    if (name == point_ && --visits_left_ == 0) ::_exit(kKilled);
  }

  static constexpr int kKilled = 137;

 private:
  Env* real_ = Env::real();
  std::string point_;
  int visits_left_;
};

}  // namespace gnomon
