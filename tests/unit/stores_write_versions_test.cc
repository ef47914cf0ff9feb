#include <gtest/gtest.h>

#include "stores/write_versions.h"

namespace gnomon {
namespace {

TEST(WriteVersions, ChangeWithEveryWriteOfTheEntity) {
  WriteVersions versions;
  const std::optional<uint64_t> before = versions.of("a");
  const std::optional<uint64_t> other = versions.of("b");
  ASSERT_TRUE(before.has_value());
  {
    WriteVersions::Write write(&versions);
    write.add("a");
    write.add("a");
    EXPECT_EQ(versions.of("a"), before);
    write.begin();
    EXPECT_FALSE(versions.of("a").has_value());
    EXPECT_EQ(versions.of("b"), other);
  }
  ASSERT_TRUE(versions.of("a").has_value());
  EXPECT_NE(versions.of("a"), before);
  EXPECT_EQ(versions.of("b"), other);
}

TEST(WriteVersions, AWriteOfAllChangesEach) {
  WriteVersions versions;
  const std::optional<uint64_t> before = versions.of("b");
  {
    WriteVersions::Write write(&versions);
    write.add_all();
    write.begin();
  }
  ASSERT_TRUE(versions.of("b").has_value());
  EXPECT_NE(versions.of("b"), before);
}

}  // namespace
}  // namespace gnomon
