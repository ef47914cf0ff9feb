#include "base/child_process.h"

#include <cerrno>
#include <csignal>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>

#include <fmt/format.h>

#include "base/child_streams.h"

namespace gnomon {
namespace {

// Sends what fits; closes the stream when all is sent or nobody reads any more.
Status send_some(Descriptor* to_child, const std::vector<std::string_view>& input, size_t* part, size_t* sent) {
  while (*part < input.size()) {
    std::string_view rest = input[*part].substr(*sent);
    ssize_t count = rest.empty() ? 0 : send(to_child->get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Status();
    if (count < 0 && errno != EPIPE && errno != ECONNRESET) return child_system_error("writing to a child process");
    if (count < 0) break;
    *sent += static_cast<size_t>(count);
    if (*sent == input[*part].size()) {
      ++*part;
      *sent = 0;
    }
  }
  to_child->close();
  return Status();
}

void keep_tail(std::string* text) {
  if (text->size() > kErrorTailBytes) text->erase(0, text->size() - kErrorTailBytes);
}

Status exchange(ChildStreams* streams, const std::vector<std::string_view>& input, ChildResult* result) {
  constexpr size_t kReadBytes = size_t{1} << 18;
  std::vector<char> buffer(kReadBytes);
  size_t part = 0;
  size_t sent = 0;
  while (streams->to_child.is_open() || streams->from_child.is_open() || streams->errors.is_open()) {
    // A closed stream has descriptor -1, which poll skips.
    pollfd waits[] = {
        {streams->to_child.get(), POLLOUT, 0}, {streams->from_child.get(), POLLIN, 0}, {streams->errors.get(), POLLIN, 0}};
    if (poll(waits, 3, -1) < 0) {
      if (errno == EINTR) continue;
      return child_system_error("waiting for a child process");
    }
    if (waits[0].revents != 0) GN_TRY(send_some(&streams->to_child, input, &part, &sent));
    if (waits[1].revents != 0) GN_TRY(receive_some(&streams->from_child, &buffer, &result->output));
    if (waits[2].revents != 0) GN_TRY(receive_some(&streams->errors, &buffer, &result->error_tail));
    keep_tail(&result->error_tail);
  }
  return Status();
}

}  // namespace

std::string ChildResult::ending() const {
  if (signal != 0) return fmt::format("was ended by signal {} ({})", signal, strsignal(signal));
  return fmt::format("exited with {}", exit_code);
}

Result<ChildResult> run_child_process(const ChildCommand& command) {
  GN_ASSERT(!command.arguments.empty());
  ChildStreams streams;
  GN_TRY(streams.open());
  GN_ASSIGN(pid_t pid, spawn_child(command.arguments, &streams));
  ChildResult result;
  Status exchanged = exchange(&streams, command.input, &result);
  if (!exchanged.ok()) kill(pid, SIGKILL);  // no child is left behind, and none is waited for in vain
  GN_TRY(wait_for_child(pid, &result.exit_code, &result.signal));
  GN_TRY(exchanged);
  return result;
}

}  // namespace gnomon
