// A newer Gnomon reads what an older one wrote; an older one refuses what it does not know, and says so.
#include <cstdlib>
#include <filesystem>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "gnomon/online_store.h"
#include "stores/ordered_map.h"
#include "stores/value_bytes.h"

namespace gnomon {
namespace {

using OpenStore = decltype(&open_embedded_online_store);
using OpenMap = decltype(&open_rocksdb_map);

struct Kind {
  const char* name;
  OpenStore open_store;
  OpenMap open_map;
};

class StoreFormat : public testing::TestWithParam<Kind> {
 protected:
  StoreFormat() {
    std::string pattern = (std::filesystem::temp_directory_path() / "gnomon-format-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    view_.id = "p/v@1";
    view_.keys = arrow::schema({arrow::field("k", arrow::int64())});
    view_.features = arrow::schema({arrow::field("x", arrow::int64())});
  }
  ~StoreFormat() override { std::filesystem::remove_all(folder_); }

  Result<std::unique_ptr<OnlineStore>> open(OpenMode mode = OpenMode::kOwn) const {
    return GetParam().open_store(folder_, mode, Env::real());
  }
  void write_mark(const std::string& value) const {
    auto store = open();
    ASSERT_TRUE(store.ok()) << store.status().to_string();
    ASSERT_TRUE((*store)->write(view_, {}, 0, {{"mark", value}}).ok());
  }
  uint32_t format() const {
    auto map = GetParam().open_map(folder_, OpenMode::kReadOnly);
    return load_little<uint32_t>((*(*map)->get(OrderedMap::Space::kMeta, "format"))->data());
  }
  void set_format(uint32_t number) const {
    auto map = GetParam().open_map(folder_, OpenMode::kOwn);
    ASSERT_TRUE(map.ok()) << map.status().to_string();
    std::string bytes(sizeof number, '\0');
    store_little(bytes.data(), number);
    auto changes = (*map)->changes();
    changes->put(OrderedMap::Space::kMeta, "format", bytes);
    ASSERT_TRUE((*map)->apply(changes.get()).ok());
  }

  std::string folder_;
  OnlineViewSpec view_;
};

TEST_P(StoreFormat, AnOlderOneIsReadAndBecomesThisOneWhenItIsWrittenTo) {
  write_mark("old");
  EXPECT_EQ(format(), 2u);
  set_format(1);
  auto store = open(OpenMode::kReadOnly);
  ASSERT_TRUE(store.ok()) << store.status().to_string();
  EXPECT_EQ(**(*store)->get_mark("mark"), "old");
  store->reset();
  EXPECT_EQ(format(), 1u);
  write_mark("new");
  EXPECT_EQ(format(), 2u);
}

TEST_P(StoreFormat, ANewerOneIsRefusedWithAClearMessage) {
  write_mark("newer");
  for (const uint32_t number : {0u, 3u, 4711u}) {
    set_format(number);
    for (const OpenMode mode : {OpenMode::kOwn, OpenMode::kReadOnly}) {
      auto store = open(mode);
      ASSERT_FALSE(store.ok());
      EXPECT_EQ(store.status().info().id, "GN518");
      EXPECT_NE(store.status().info().message.find("reads 1 to 2"), std::string::npos);
    }
    EXPECT_EQ(format(), number);
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreFormat,
                         testing::Values(Kind{"Embedded", open_embedded_online_store, open_rocksdb_map},
                                         Kind{"Sqlite", open_sqlite_online_store, open_sqlite_map}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace gnomon
