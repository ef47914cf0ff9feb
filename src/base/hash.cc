#include "base/hash.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <fmt/format.h>

namespace gnomon {

uint64_t hash64(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::string hash128_hex(std::string_view bytes) {
  XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

Result<std::string> hash128_hex_of_file(const std::string& path) {
  auto failed = [&] { return Status(Code::kUnavailable, "GN502", fmt::format("read {}: {}", path, std::strerror(errno))); };
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failed();
  struct stat info {};
  if (::fstat(fd, &info) != 0) {
    Status status = failed();
    ::close(fd);
    return status;
  }
  size_t size = static_cast<size_t>(info.st_size);
  void* bytes = size == 0 ? nullptr : ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  Status status = bytes == MAP_FAILED ? failed() : Status();
  ::close(fd);
  if (!status.ok()) return status;
  std::string hex = hash128_hex(std::string_view(static_cast<const char*>(bytes), size));
  if (size > 0) ::munmap(bytes, size);
  return hex;
}

}  // namespace gnomon
