// Env over the operating system. Durable writes follow one shape: temporary file, fsync, rename or link, fsync of the
// folder.
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "gnomon/env.h"

namespace gnomon {
namespace {

constexpr int kCrashExitCode = 137;  // what a kill -9 leaves behind, so that harnesses see one kind of death

// Unavailable invites a retry, so it is only for what may pass.
Code code_of(int error) {
  switch (error) {
    case ENOENT: return Code::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS: return Code::kPermissionDenied;
    case ENOTDIR:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG: return Code::kInvalidArgument;
    default: return Code::kUnavailable;
  }
}

Status io_error(const char* doing, const std::string& path, int error) {
  if (error == ENOSPC || error == EDQUOT) {
    return Status(Code::kResourceExhausted, "GN501", fmt::format("disk full while {} {}", doing, path),
                  "Free space and run the command again; nothing was changed");
  }
  return Status(code_of(error), "GN502", fmt::format("{} {}: {}", doing, path, std::strerror(error)));
}

// Owns a file descriptor.
struct Descriptor {
  int fd;
  explicit Descriptor(int value) : fd(value) {}
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
};

Status sync_path(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd < 0) return io_error("open", path, errno);
  if (::fsync(file.fd) != 0) return io_error("fsync", path, errno);
  return Status();
}

std::string folder_of(const std::string& path) {
  std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

// Creates `path`, which must not exist: two writers never share a temporary file.
Status write_and_sync(const std::string& path, std::string_view bytes) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (file.fd < 0) return io_error("create", path, errno);
  size_t done = 0;
  while (done < bytes.size()) {
    ssize_t n = ::write(file.fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io_error("writing", path, errno);
    done += static_cast<size_t>(n);
  }
  if (::fsync(file.fd) != 0) return io_error("fsync", path, errno);
  return Status();
}

class RealEnv : public Env {
 public:
  RealEnv() {
    const char* spec = std::getenv("GNOMON_CRASH_AT");
    if (spec == nullptr) return;
    std::string text = spec;
    size_t colon = text.rfind(':');
    if (colon != std::string::npos) {
      crash_visit_ = std::max(1, std::atoi(text.c_str() + colon + 1));
      text.resize(colon);
    }
    crash_point_ = text;
  }

  TimeUs now_us() override {
    using namespace std::chrono;
    return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
  }

  // From the kernel each time: a generator of our own would repeat itself in forked processes, and temporary names would
  // clash.
  uint64_t random_u64() override {
    uint64_t value = 0;
    ssize_t n = -1;
    while ((n = ::getrandom(&value, sizeof value, 0)) < 0 && errno == EINTR) {
    }
    GN_ASSERT(n == sizeof value);
    return value;
  }

  Status write_file_atomic(const std::string& path, std::string_view bytes) override {
    std::string temporary = temporary_name(path);
    Status written = write_and_sync(temporary, bytes);
    if (written.ok() && ::rename(temporary.c_str(), path.c_str()) != 0) written = io_error("rename to", path, errno);
    if (!written.ok()) {
      ::unlink(temporary.c_str());
      return written;
    }
    return sync_path(folder_of(path));
  }

  Status put_if_absent(const std::string& path, std::string_view bytes) override {
    std::string temporary = temporary_name(path);
    Status written = write_and_sync(temporary, bytes);
    if (written.ok() && ::link(temporary.c_str(), path.c_str()) != 0) {
      written =
          errno == EEXIST ? Status(Code::kAlreadyExists, "GN503", "file exists: " + path) : io_error("link to", path, errno);
    }
    ::unlink(temporary.c_str());
    if (!written.ok()) return written;
    return sync_path(folder_of(path));
  }

  Status sync_file(const std::string& path) override {
    GN_TRY(sync_path(path));
    return sync_path(folder_of(path));
  }

  Result<std::string> read_file(const std::string& path) override {
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.fd < 0) return io_error("open", path, errno);
    std::string bytes;
    char buffer[1 << 16];
    while (true) {
      ssize_t n = ::read(file.fd, buffer, sizeof buffer);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return io_error("reading", path, errno);
      if (n == 0) return bytes;
      bytes.append(buffer, static_cast<size_t>(n));
    }
  }

  // A new folder is only durable once its parent is synced; files synced inside it would else vanish with it.
  Status make_dirs(const std::string& path) override {
    std::string folder = path;
    while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
    struct stat info {};
    if (::stat(folder.c_str(), &info) == 0) {
      return S_ISDIR(info.st_mode) ? Status() : io_error("create folder", path, ENOTDIR);
    }
    if (errno != ENOENT) return io_error("create folder", path, errno);
    GN_TRY(make_dirs(folder_of(folder)));
    if (::mkdir(folder.c_str(), 0777) != 0) {
      if (errno != EEXIST) return io_error("create folder", path, errno);
      if (::stat(folder.c_str(), &info) != 0) return io_error("create folder", path, errno);
      if (!S_ISDIR(info.st_mode)) return io_error("create folder", path, ENOTDIR);
    }
    return sync_path(folder_of(folder));
  }

  Status remove_file(const std::string& path) override {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return io_error("remove", path, errno);
    return Status();
  }

  void kill_point(std::string_view name) override {
    if (crash_point_.empty() || name != crash_point_) return;
    if (++crash_visits_ == crash_visit_) ::_exit(kCrashExitCode);
  }

 private:
  std::string temporary_name(const std::string& path) { return fmt::format("{}.{:016x}.tmp", path, random_u64()); }

  std::string crash_point_;
  int crash_visit_ = 1;
  std::atomic<int> crash_visits_{0};
};

}  // namespace

Env* Env::real() {
  static RealEnv env;
  return &env;
}

}  // namespace gnomon
