#include "base/child_streams.h"

#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

extern char** environ;

namespace gnomon {

Status child_system_error(const char* doing) {
  return Status(Code::kUnavailable, "GN341", fmt::format("{}: {}", doing, std::strerror(errno)));
}

void Descriptor::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Status Descriptor::adopt(int fd) {
  fd_ = fd;
  if (fd > 2) return Status();
  fd_ = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  ::close(fd);
  return fd_ < 0 ? child_system_error("making a pipe") : Status();
}

namespace {

Status open_pipe(Descriptor* reader, Descriptor* writer) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return child_system_error("making a pipe");
  Status adopted_reader = reader->adopt(ends[0]);
  Status adopted_writer = writer->adopt(ends[1]);
  GN_TRY(adopted_reader);
  return adopted_writer;
}

}  // namespace

Status ChildStreams::open() {
  int in[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) != 0) return child_system_error("making a socket");
  Status adopted_child = child_in.adopt(in[0]);
  Status adopted_parent = to_child.adopt(in[1]);
  GN_TRY(adopted_child);
  GN_TRY(adopted_parent);
  GN_TRY(open_pipe(&from_child, &child_out));
  GN_TRY(open_pipe(&errors, &child_err));
  for (const Descriptor* end : {&to_child, &from_child, &errors}) {
    if (fcntl(end->get(), F_SETFL, O_NONBLOCK) != 0) return child_system_error("making a pipe");
  }
  return Status();
}

Result<pid_t> spawn_child(const std::vector<std::string>& arguments, ChildStreams* streams) {
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

Status receive_some(Descriptor* stream, std::vector<char>* buffer, std::string* into) {
  ssize_t count = read(stream->get(), buffer->data(), buffer->size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK)) return Status();
  if (count < 0) return child_system_error("reading from a child process");
  if (count == 0) stream->close();
  into->append(buffer->data(), static_cast<size_t>(count));
  return Status();
}

Status wait_for_child(pid_t pid, int* exit_code, int* signal) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return child_system_error("waiting for a child process");
  }
  *signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  *exit_code = WIFSIGNALED(status) ? 0 : WEXITSTATUS(status);
  return Status();
}

}  // namespace gnomon
