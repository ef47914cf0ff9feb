#include "base/child_process.h"

#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

extern char** environ;

namespace gnomon {
namespace {

Status system_error(const char* doing) {
  return Status(Code::kUnavailable, "GN341", fmt::format("{}: {}", doing, std::strerror(errno)));
}

class Descriptor {
 public:
  Descriptor() = default;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  // Takes over `fd`, moved above the standard streams: a child's end that were 0 would be lost when stdin is put there.
  Status adopt(int fd) {
    fd_ = fd;
    if (fd > 2) return Status();
    fd_ = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    ::close(fd);
    return fd_ < 0 ? system_error("making a pipe") : Status();
  }

 private:
  int fd_ = -1;
};

// The parent's ends do not block. The way in is a socket, because writing to a closed one can be told not to raise SIGPIPE.
struct Streams {
  Descriptor child_in, child_out, child_err;
  Descriptor to_child, from_child, errors;

  Status open() {
    int in[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) != 0) return system_error("making a socket");
    Status adopted_child = child_in.adopt(in[0]);
    Status adopted_parent = to_child.adopt(in[1]);
    GN_TRY(adopted_child);
    GN_TRY(adopted_parent);
    GN_TRY(open_pipe(&from_child, &child_out));
    GN_TRY(open_pipe(&errors, &child_err));
    for (const Descriptor* end : {&to_child, &from_child, &errors}) {
      if (fcntl(end->get(), F_SETFL, O_NONBLOCK) != 0) return system_error("making a pipe");
    }
    return Status();
  }

  static Status open_pipe(Descriptor* reader, Descriptor* writer) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return system_error("making a pipe");
    Status adopted_reader = reader->adopt(ends[0]);
    Status adopted_writer = writer->adopt(ends[1]);
    GN_TRY(adopted_reader);
    return adopted_writer;
  }
};

Result<pid_t> spawn(const std::vector<std::string>& arguments, Streams* streams) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, streams->child_in.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, streams->child_out.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, streams->child_err.get(), STDERR_FILENO);
  // The child starts with no signal blocked, whatever this thread blocks.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = -1;
  int failed = posix_spawnp(&pid, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  streams->child_in.close();
  streams->child_out.close();
  streams->child_err.close();
  if (failed == 0) return pid;
  return Status(Code::kFailedPrecondition, "GN340", fmt::format("cannot start {}: {}", arguments[0], std::strerror(failed)));
}

// Sends what fits; closes the stream when all is sent or nobody reads any more.
Status send_some(Descriptor* to_child, const std::vector<std::string_view>& input, size_t* part, size_t* sent) {
  while (*part < input.size()) {
    std::string_view rest = input[*part].substr(*sent);
    ssize_t count = rest.empty() ? 0 : send(to_child->get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Status();
    if (count < 0 && errno != EPIPE && errno != ECONNRESET) return system_error("writing to a child process");
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

// Reads once of what is there, so that no stream starves the others; closes the stream at its end.
Status receive_some(Descriptor* stream, std::vector<char>* buffer, std::string* into) {
  ssize_t count = read(stream->get(), buffer->data(), buffer->size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK)) return Status();
  if (count < 0) return system_error("reading from a child process");
  if (count == 0) stream->close();
  into->append(buffer->data(), static_cast<size_t>(count));
  return Status();
}

void keep_tail(std::string* text) {
  if (text->size() > kErrorTailBytes) text->erase(0, text->size() - kErrorTailBytes);
}

Status exchange(Streams* streams, const std::vector<std::string_view>& input, ChildResult* result) {
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
      return system_error("waiting for a child process");
    }
    if (waits[0].revents != 0) GN_TRY(send_some(&streams->to_child, input, &part, &sent));
    if (waits[1].revents != 0) GN_TRY(receive_some(&streams->from_child, &buffer, &result->output));
    if (waits[2].revents != 0) GN_TRY(receive_some(&streams->errors, &buffer, &result->error_tail));
    keep_tail(&result->error_tail);
  }
  return Status();
}

Status wait_for(pid_t pid, ChildResult* result) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return system_error("waiting for a child process");
  }
  if (WIFSIGNALED(status))
    result->signal = WTERMSIG(status);
  else
    result->exit_code = WEXITSTATUS(status);
  return Status();
}

}  // namespace

std::string ChildResult::ending() const {
  if (signal != 0) return fmt::format("was ended by signal {} ({})", signal, strsignal(signal));
  return fmt::format("exited with {}", exit_code);
}

Result<ChildResult> run_child_process(const ChildCommand& command) {
  GN_ASSERT(!command.arguments.empty());
  Streams streams;
  GN_TRY(streams.open());
  GN_ASSIGN(pid_t pid, spawn(command.arguments, &streams));
  ChildResult result;
  Status exchanged = exchange(&streams, command.input, &result);
  if (!exchanged.ok()) kill(pid, SIGKILL);  // no child is left behind, and none is waited for in vain
  GN_TRY(wait_for(pid, &result));
  GN_TRY(exchanged);
  return result;
}

}  // namespace gnomon
