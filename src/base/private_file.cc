#include "base/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "gnomon/env.h"

namespace gnomon {
namespace {

Status failed(const char* doing, const std::string& path, int error) {
  if (error == ENOSPC || error == EDQUOT) {
    return Status(Code::kResourceExhausted, "GN501", fmt::format("disk full while {} {}", doing, path),
                  "Free space and try again");
  }
  Code code = error == EACCES || error == EPERM || error == EROFS ? Code::kPermissionDenied : Code::kUnavailable;
  return Status(code, "GN502", fmt::format("{} {}: {}", doing, path, std::strerror(error)));
}

Status write_all(int file, const std::string& path, std::string_view bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    ssize_t n = ::write(file, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("writing", path, errno);
    done += static_cast<size_t>(n);
  }
  return {};
}

Status sync_folder_of(const std::string& path) {
  std::string folder = std::filesystem::path(path).parent_path().string();
  int opened = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return failed("open", folder, errno);
  int synced = ::fsync(opened);
  int error = errno;
  ::close(opened);
  return synced == 0 ? Status() : failed("fsync", folder, error);
}

Status write_and_close(int file, const std::string& path, std::string_view bytes, Durability durability) {
  Status written = write_all(file, path, bytes);
  if (written.ok() && durability == Durability::kFsync && ::fsync(file) != 0) written = failed("fsync", path, errno);
  ::close(file);
  return written;
}

}  // namespace

Status write_private_file(const std::string& path, std::string_view bytes, IfThere if_there) {
  std::string temporary = fmt::format("{}.{:016x}.tmp", path, Env::real()->random_u64());
  int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return failed("create", temporary, errno);
  Status written = write_and_close(file, temporary, bytes, Durability::kFsync);
  if (written.ok() && if_there == IfThere::kReplace && ::rename(temporary.c_str(), path.c_str()) != 0) {
    written = failed("rename to", path, errno);
  }
  if (written.ok() && if_there == IfThere::kRefuse && ::link(temporary.c_str(), path.c_str()) != 0) {
    written =
        errno == EEXIST ? Status(Code::kAlreadyExists, "GN503", "file exists: " + path) : failed("link to", path, errno);
  }
  ::unlink(temporary.c_str());
  if (!written.ok()) return written;
  return sync_folder_of(path);
}

Status append_private_file(const std::string& path, std::string_view bytes, Durability durability) {
  constexpr int kHow = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
  int file = ::open(path.c_str(), kHow);
  bool is_new = file < 0 && errno == ENOENT;
  if (is_new) file = ::open(path.c_str(), kHow | O_CREAT, 0600);
  if (file < 0) return failed("open", path, errno);
  GN_TRY(write_and_close(file, path, bytes, durability));
  return is_new && durability == Durability::kFsync ? sync_folder_of(path) : Status();
}

Status make_private_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0) return errno == EEXIST ? Status() : failed("create folder", path, errno);
  return sync_folder_of(path);
}

FileStamp stamp_of_file(const std::string& path) {
  constexpr TimeUs kClockTickUs = 100'000;  // of any file system's clock; Linux's own is 10 ms at most
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return {};
  TimeUs changed_us = TimeUs{info.st_mtim.tv_sec} * 1'000'000 + info.st_mtim.tv_nsec / 1'000;
  return {fmt::format("{}:{}:{}:{}", info.st_ino, info.st_mtim.tv_sec, info.st_mtim.tv_nsec, info.st_size),
          Env::real()->now_us() - changed_us > kClockTickUs};
}

}  // namespace gnomon
