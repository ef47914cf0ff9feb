#include "base/child_session.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <fmt/format.h>

#include "base/child_process.h"

namespace gnomon {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kReadBytes = size_t{1} << 16;

// The length in front of an answer, once it is there.
bool is_complete(const std::string& answer, uint64_t* length) {
  if (answer.size() < sizeof(*length)) return false;
  std::memcpy(length, answer.data(), sizeof(*length));
  return answer.size() - sizeof(*length) >= *length;
}

int milliseconds_until(Clock::time_point deadline) {
  auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, 60'000));
}

// A process that ends closes its streams first: it gets a moment to say how it ended.
void wait_for_its_own_end(pid_t pid) {
  constexpr timespec kPause{0, 2'000'000};
  const Clock::time_point deadline = Clock::now() + std::chrono::milliseconds(500);
  siginfo_t info{};
  while (waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0 &&
         Clock::now() < deadline) {
    nanosleep(&kPause, nullptr);
  }
}

}  // namespace

Result<std::unique_ptr<ChildSession>> ChildSession::start(const std::vector<std::string>& arguments) {
  std::unique_ptr<ChildSession> session(new ChildSession());
  GN_TRY(session->streams_.open());
  GN_ASSIGN(session->pid_, spawn_child(arguments, &session->streams_));
  return session;
}

ChildSession::~ChildSession() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  int exit_code = 0, signal = 0;
  (void)wait_for_child(pid_, &exit_code, &signal);
}

Status ChildSession::send_some(const std::vector<std::string_view>& question, size_t* part, size_t* sent) {
  while (*part < question.size()) {
    std::string_view rest = question[*part].substr(*sent);
    ssize_t count = rest.empty() ? 0 : send(streams_.to_child.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Status();
    if (count < 0 && (errno == EPIPE || errno == ECONNRESET)) return ended();
    if (count < 0) return child_system_error("writing to a child process");
    *sent += static_cast<size_t>(count);
    if (*sent < question[*part].size()) continue;
    ++*part;
    *sent = 0;
  }
  return Status();
}

Status ChildSession::ended() {
  ChildResult result;
  wait_for_its_own_end(pid_);
  kill(pid_, SIGKILL);  // it has closed a stream: whatever else it does is of no use
  GN_TRY(wait_for_child(pid_, &result.exit_code, &result.signal));
  pid_ = -1;
  std::vector<char> buffer(kErrorTailBytes);
  if (streams_.errors.is_open()) GN_TRY(receive_some(&streams_.errors, &buffer, &error_tail_));  // its last words
  std::string_view said = error_tail_;
  while (said.ends_with('\n')) said.remove_suffix(1);
  return Status(Code::kUnavailable, "GN343",
                fmt::format("the process {}{}{}", result.ending(), said.empty() ? "" : ": ", said));
}

Result<std::string> ChildSession::ask(const std::vector<std::string_view>& question, std::chrono::milliseconds patience) {
  const Clock::time_point deadline = Clock::now() + patience;
  std::vector<char> buffer(kReadBytes);
  size_t part = 0, sent = 0;
  uint64_t length = 0;
  answer_.clear();
  while (!is_complete(answer_, &length)) {
    if (!streams_.from_child.is_open()) return ended();
    const short sending = part < question.size() ? POLLOUT : 0;
    pollfd waits[] = {{sending != 0 ? streams_.to_child.get() : -1, sending, 0},
                      {streams_.from_child.get(), POLLIN, 0},
                      {streams_.errors.get(), POLLIN, 0}};
    const int found = poll(waits, 3, milliseconds_until(deadline));
    if (found < 0 && errno != EINTR) return child_system_error("waiting for a child process");
    if (found == 0 && Clock::now() >= deadline)
      return Status(Code::kDeadlineExceeded, "GN342", fmt::format("no answer within {} ms", patience.count()));
    if (found <= 0) continue;
    if (waits[0].revents != 0) GN_TRY(send_some(question, &part, &sent));
    if (waits[1].revents != 0) GN_TRY(receive_some(&streams_.from_child, &buffer, &answer_));
    if (waits[2].revents != 0) GN_TRY(receive_some(&streams_.errors, &buffer, &error_tail_));
    if (error_tail_.size() > kErrorTailBytes) error_tail_.erase(0, error_tail_.size() - kErrorTailBytes);
  }
  return answer_.substr(sizeof(length));
}

}  // namespace gnomon
