#include "base/hash.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <fmt/format.h>

namespace gnomon {
namespace {

// Read, not mapped: mapped pages would count as memory of the process, and a file that shrinks would end it.
constexpr size_t kBlockBytes = size_t{1} << 18;

std::string hex_of(XXH128_hash_t hash) { return fmt::format("{:016x}{:016x}", hash.high64, hash.low64); }

}  // namespace

uint64_t hash64(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::string hash128_hex(std::string_view bytes) { return hex_of(XXH3_128bits(bytes.data(), bytes.size())); }

Result<std::string> hash128_hex_of_file(const std::string& path) {
  auto failed = [&] { return Status(Code::kUnavailable, "GN502", fmt::format("read {}: {}", path, std::strerror(errno))); };
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), &std::fclose);
  if (file == nullptr) return failed();
  std::setvbuf(file.get(), nullptr, _IONBF, 0);
  XXH3_state_t state;
  XXH3_128bits_reset(&state);
  std::vector<char> block(kBlockBytes);
  while (size_t n = std::fread(block.data(), 1, block.size(), file.get())) XXH3_128bits_update(&state, block.data(), n);
  if (std::ferror(file.get()) != 0) return failed();
  return hex_of(XXH3_128bits_digest(&state));
}

}  // namespace gnomon
