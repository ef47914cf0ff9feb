#include "base/hash.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace gnomon {
namespace {

// Names on disk depend on these values: they are part of the format.
TEST(Hash, MatchesThePublishedValues) {
  EXPECT_EQ(hash128_hex(""), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(hash64(""), 0x2d06800538d394c2u);
  EXPECT_EQ(hash128_hex("a").size(), 32u);
  EXPECT_NE(hash128_hex("a"), hash128_hex(std::string("a\0", 2)));
}

TEST(Hash, OfAFileIsThatOfItsBytes) {
  std::string path = testing::TempDir() + "hash_of_a_file";
  for (size_t size : {0, 1, 4095, 4096, 4097, 1'000'000}) {
    std::string bytes(size, 'x');
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    EXPECT_EQ(*hash128_hex_of_file(path), hash128_hex(bytes)) << size;
  }
  std::filesystem::remove(path);
  Result<std::string> missing = hash128_hex_of_file(path);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.status().info().id, "GN502");
}

}  // namespace
}  // namespace gnomon
