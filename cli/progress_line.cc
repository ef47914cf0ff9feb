#include "cli/progress_line.h"

#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>

namespace gnomon::cli {
namespace {

constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::chrono::seconds kPlainLine{10};
constexpr const char* kClearLine = "\r\033[K";

std::string line_of(const Progress& progress) {
  if (progress.total <= 1) return progress.what;
  return fmt::format("{} {}/{} ({} %)", progress.what, progress.done, progress.total, progress.done * 100 / progress.total);
}

}  // namespace

ProgressLine::ProgressLine() : on_terminal_(isatty(STDERR_FILENO) != 0), last_(Clock::now()) {
  if (on_terminal_) last_ -= kRedraw;
}

ProgressLine::~ProgressLine() {
  if (shown_) std::fputs(kClearLine, stderr);
}

void ProgressLine::update(const Progress& progress) {
  std::lock_guard lock(mutex_);
  auto now = Clock::now();
  if (on_terminal_ ? now - last_ < kRedraw : now - last_ < kPlainLine) return;
  last_ = now;
  std::string line = line_of(progress);
  if (on_terminal_) {
    std::fprintf(stderr, "%s%s", kClearLine, line.c_str());
    std::fflush(stderr);
    shown_ = true;
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
}

}  // namespace gnomon::cli
