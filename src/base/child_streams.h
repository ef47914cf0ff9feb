// Starting a child process with its three streams in our hands.
// Thread-safety: values; one thread at a time.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "gnomon/status.h"

namespace gnomon {

// GN341 with errno's text.
Status child_system_error(const char* doing);

// A file descriptor that closes itself.
class Descriptor {
 public:
  Descriptor() = default;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  int get() const { return fd_; }  // -1: closed; poll skips it
  bool is_open() const { return fd_ >= 0; }
  void close();
  // Takes over `fd`, moved above the standard streams: a child's end that were 0 would be lost when stdin is put there.
  Status adopt(int fd);

 private:
  int fd_ = -1;
};

// The parent's ends do not block. The way in is a socket, because writing to a closed one can be told not to raise SIGPIPE.
struct ChildStreams {
  Descriptor child_in, child_out, child_err;
  Descriptor to_child, from_child, errors;

  Status open();
};

// Starts the program on the child's ends, which it closes here. ERRORS: GN340.
Result<pid_t> spawn_child(const std::vector<std::string>& arguments, ChildStreams* streams);

// Reads once of what is there, so that no stream starves the others; closes the stream at its end.
Status receive_some(Descriptor* stream, std::vector<char>* buffer, std::string* into);

// Waits for its end. Exactly one of the two is set, the other 0.
Status wait_for_child(pid_t pid, int* exit_code, int* signal);

}  // namespace gnomon
