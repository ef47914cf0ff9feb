// What every WindowStore does, over each online store that keeps window records.
#include <algorithm>
#include <map>
#include <random>
#include <tuple>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "gnomon/window_store.h"
#include "online_store_factory.h"

namespace gnomon {
namespace {

constexpr TimeUs kFirst = INT64_MIN;
constexpr TimeUs kLast = INT64_MAX;
constexpr const char* kSpace = "demo/user@1";

using Scanned = std::vector<std::pair<TimeUs, std::string>>;

class WindowStoreTest : public testing::TestWithParam<OnlineStoreFactory> {
 protected:
  void SetUp() override { open(); }

  void open() {
    store_.reset();
    auto opened = GetParam().open(folder_.path());
    ASSERT_TRUE(opened.ok()) << opened.status().to_string();
    store_ = std::move(*opened);
    windows_ = store_->windows();
    if (windows_ == nullptr) GTEST_SKIP() << "keeps no window records";
  }

  void write(const std::vector<WindowRecord>& records, const std::vector<OnlineMark>& marks = {},
             const std::string& space = kSpace) {
    const Status status = windows_->write_records(space, records, marks);
    ASSERT_TRUE(status.ok()) << status.to_string();
  }

  Scanned scan(const std::string& entity, uint8_t level, TimeUs from, TimeUs to, bool descending = false,
               const std::string& space = kSpace) {
    Scanned found;
    const Status status =
        windows_->scan_records(space, entity, level, from, to, descending, [&](TimeUs start, std::string_view bytes) {
          found.emplace_back(start, bytes);
          return true;
        });
    EXPECT_TRUE(status.ok()) << status.to_string();
    return found;
  }

  ScratchFolder folder_;
  std::unique_ptr<OnlineStore> store_;
  WindowStore* windows_ = nullptr;
};

TEST_P(WindowStoreTest, ScansAreHalfOpenInBothDirections) {
  std::vector<WindowRecord> records;
  for (TimeUs start : {kFirst, kFirst + 1, TimeUs{-20}, TimeUs{-1}, TimeUs{0}, TimeUs{10}, TimeUs{20}, kLast - 1}) {
    records.push_back({"user", 1, start, fmt::format("at {}", start)});
  }
  write(records);
  const Scanned all = scan("user", 1, kFirst, kLast);
  ASSERT_EQ(all.size(), records.size());
  for (size_t i = 0; i < all.size(); ++i)
    EXPECT_EQ(all[i], (std::pair<TimeUs, std::string>(records[i].start, records[i].bytes)));
  EXPECT_EQ(scan("user", 1, -20, 20).size(), 4u);
  EXPECT_EQ(scan("user", 1, -19, 21).size(), 4u);
  EXPECT_EQ(scan("user", 1, 5, 5).size(), 0u);
  EXPECT_EQ(scan("user", 1, 11, 5).size(), 0u);
  EXPECT_EQ(scan("user", 1, kFirst, kFirst + 1).size(), 1u);
  EXPECT_EQ(scan("user", 1, 21, kLast).size(), 1u);
  const std::pair<TimeUs, TimeUs> bounds[] = {{kFirst, kLast}, {-20, 20}, {-19, 21},        {0, 10},
                                              {5, 5},          {11, 5},   {kFirst, kFirst}, {kLast - 1, kLast}};
  for (const auto& [from, to] : bounds) {
    Scanned ascending = scan("user", 1, from, to);
    Scanned descending = scan("user", 1, from, to, true);
    std::reverse(descending.begin(), descending.end());
    EXPECT_EQ(ascending, descending) << from << " to " << to;
  }
}

TEST_P(WindowStoreTest, AScanStopsWhenToldTo) {
  write({{"user", 0, 1, "a"}, {"user", 0, 2, "b"}, {"user", 0, 3, "c"}});
  for (bool descending : {false, true}) {
    int seen = 0;
    ASSERT_TRUE(
        windows_->scan_records(kSpace, "user", 0, 0, 9, descending, [&](TimeUs, std::string_view) { return ++seen < 2; })
            .ok());
    EXPECT_EQ(seen, 2);
  }
}

// Entities of which one begins as another, levels, and namespaces stay apart.
TEST_P(WindowStoreTest, NothingIsSeenOfOthers) {
  const std::vector<std::string> entities = {"",
                                             std::string(1, '\0'),
                                             "a",
                                             "ab",
                                             std::string("a\0", 2),
                                             std::string("a\1\x80\0\0\0\0\0\0\0", 10),
                                             "b",
                                             "\xff",
                                             "\xff\xff"};
  std::vector<WindowRecord> records;
  for (const std::string& entity : entities) {
    for (uint8_t level : {0, 1, 3, 255}) records.push_back({entity, level, 5, fmt::format("{} {}", entity, level)});
  }
  write(records, {}, "one");
  write({{"a", 1, 5, "two"}, {"a", 1, 6, "two"}}, {}, "two");
  for (const WindowRecord& record : records) {
    for (bool descending : {false, true}) {
      EXPECT_EQ(scan(record.entity, record.level, kFirst, kLast, descending, "one"), (Scanned{{5, record.bytes}}));
    }
  }
  EXPECT_EQ(scan("a", 1, kFirst, kLast, false, "two").size(), 2u);
  EXPECT_TRUE(scan("a", 2, kFirst, kLast, false, "one").empty());
  EXPECT_TRUE(scan("c", 1, kFirst, kLast, false, "one").empty());
  EXPECT_TRUE(scan("a", 1, kFirst, kLast, false, "three").empty());
}

// From its first look at an entity on. A store that cannot keep that up says so.
TEST_P(WindowStoreTest, AReaderSeesOneInstantOfAnEntity) {
  write({{"user", 0, 1, "old"}, {"user", 1, 1, "old"}});
  auto reader = windows_->reader(kSpace);
  ASSERT_TRUE(reader.ok());
  Scanned found;
  const auto collect = [&](TimeUs start, std::string_view bytes) {
    found.emplace_back(start, bytes);
    return true;
  };
  const RecordRange prefetched[] = {{0, 0, 9, 0}};
  const WindowFetch fetch[] = {{"user", prefetched}, {"nobody", prefetched}};
  ASSERT_TRUE((*reader)->prefetch(fetch).ok());
  ASSERT_TRUE((*reader)->scan("user", 0, 0, 9, false, collect).ok());
  write({{"user", 0, 1, "new"}, {"user", 0, 2, "new"}, {"user", 1, 1, "new"}, {"nobody", 0, 1, "new"}});
  ASSERT_TRUE((*reader)->scan("user", 0, 0, 9, false, collect).ok());
  ASSERT_TRUE((*reader)->scan("user", 0, 0, 9, true, collect).ok());
  ASSERT_TRUE((*reader)->scan("nobody", 0, 0, 9, true, collect).ok());
  EXPECT_EQ(found, (Scanned{{1, "old"}, {1, "old"}, {1, "old"}}));
  found.clear();
  const Status other = (*reader)->scan("user", 1, 0, 9, false, collect);
  if (other.ok()) {
    EXPECT_EQ(found, (Scanned{{1, "old"}}));
  } else {
    EXPECT_EQ(other.info().id, "GN533");
  }
  EXPECT_EQ(scan("user", 0, 0, 9), (Scanned{{1, "new"}, {2, "new"}}));
}

// What is asked for in advance, in whatever pieces, changes no answer.
TEST_P(WindowStoreTest, PrefetchedRecordsAreTheSame) {
  std::vector<WindowRecord> records;
  for (TimeUs start = 0; start < 200; ++start) records.push_back({"user", 1, start, fmt::format("at {}", start)});
  write(records);
  const std::vector<std::vector<RecordRange>> hints = {{},
                                                       {{1, 50, 150, 0}},
                                                       {{1, 0, 200, 10}},
                                                       {{1, 0, 90, 7}, {1, 150, 160, 0}, {0, 0, 9, 0}},
                                                       {{1, 90, 90, 0}, {1, 199, 200, 5}}};
  for (const std::vector<RecordRange>& hint : hints) {
    for (const auto& [from, to] : {std::pair<TimeUs, TimeUs>{0, 200}, {60, 140}, {100, 170}, {195, 200}, {155, 156}}) {
      for (bool descending : {false, true}) {
        auto reader = windows_->reader(kSpace);
        ASSERT_TRUE(reader.ok());
        const WindowFetch fetch[] = {{"user", hint}};
        ASSERT_TRUE((*reader)->prefetch(fetch).ok());
        Scanned found;
        ASSERT_TRUE((*reader)
                        ->scan("user", 1, from, to, descending,
                               [&](TimeUs start, std::string_view bytes) {
                                 found.emplace_back(start, bytes);
                                 return true;
                               })
                        .ok());
        EXPECT_EQ(found, scan("user", 1, from, to, descending)) << from << " to " << to;
      }
    }
  }
}

TEST_P(WindowStoreTest, WritesReplaceRemoveAndMoveWithMarks) {
  write({{"user", 0, 1, "a"}, {"user", 0, 2, "b"}}, {{"demo/user@1|position", "1"}});
  write({{"user", 0, 1, "c"}, {"user", 0, 2, ""}, {"user", 0, 3, ""}}, {{"demo/user@1|position", "2"}});
  EXPECT_EQ(scan("user", 0, kFirst, kLast), (Scanned{{1, "c"}}));
  EXPECT_EQ(*store_->get_mark("demo/user@1|position"), std::optional<std::string>("2"));
  const uint64_t sequence = store_->sequence();
  write({}, {{"demo/user@1|position", "3"}});
  EXPECT_GT(store_->sequence(), sequence);
  open();
  EXPECT_EQ(scan("user", 0, kFirst, kLast), (Scanned{{1, "c"}}));
  EXPECT_EQ(*store_->get_mark("demo/user@1|position"), std::optional<std::string>("3"));
}

// Of each level what starts before its limit, of every entity, of one namespace; nothing else.
TEST_P(WindowStoreTest, WhatStartsBeforeALimitIsRemoved) {
  const uint64_t seed = std::random_device()();
  std::mt19937_64 random(seed);
  const std::vector<TimeUs> before = {50, kFirst, 20};  // of level 1 nothing; what is above has no limit
  const std::vector<uint8_t> levels = {0, 1, 2, 3, 255};
  std::map<std::tuple<std::string, std::string, uint8_t>, Scanned> expected;
  int64_t removed = 0;
  for (const std::string space : {kSpace, "demo/user@2"}) {
    std::vector<WindowRecord> records;
    for (int entity = 0; entity < 300; ++entity) {
      const std::string name = fmt::format("user {}", entity);
      for (uint8_t level : levels) {
        for (TimeUs start : {kFirst, TimeUs{-7}, TimeUs{19}, TimeUs{20}, TimeUs{49}, TimeUs{50}, TimeUs{900}, kLast}) {
          if (random() % 3 == 0) continue;
          records.push_back({name, level, start, fmt::format("{} {} {}", name, level, start)});
          const bool goes = space == kSpace && level < before.size() && start < before[level];
          removed += goes;
          if (!goes && start != kLast) expected[{space, name, level}].emplace_back(start, records.back().bytes);
        }
      }
    }
    write(records, {}, space);
  }
  const Result<int64_t> done = windows_->remove_before(kSpace, before);
  ASSERT_TRUE(done.ok()) << done.status().to_string();
  EXPECT_EQ(*done, removed) << "seed " << seed;
  for (const std::string space : {kSpace, "demo/user@2"}) {
    for (int entity = 0; entity < 300; ++entity) {
      const std::string name = fmt::format("user {}", entity);
      for (uint8_t level : levels)
        EXPECT_EQ(scan(name, level, kFirst, kLast, false, space), (expected[{space, name, level}])) << "seed " << seed;
    }
  }
  EXPECT_EQ(*windows_->remove_before(kSpace, before), 0);
  EXPECT_EQ(*windows_->remove_before("never written", before), 0);
}

TEST_P(WindowStoreTest, LoadedRecordsAreThereAfterFlush) {
  for (TimeUs start = 0; start < 1'000; ++start) {
    ASSERT_TRUE(windows_
                    ->load_records(kSpace, std::vector<WindowRecord>{{fmt::format("user {}", start % 7), 1, start,
                                                                      std::string(100, 'x')}})
                    .ok());
  }
  ASSERT_TRUE(windows_->flush_records(kSpace).ok());
  write({}, {{"demo/user@1|serves", kSpace}});
  EXPECT_EQ(scan("user 3", 1, kFirst, kLast).size(), 143u);
  open();
  EXPECT_EQ(scan("user 3", 1, kFirst, kLast).size(), 143u);
}

TEST_P(WindowStoreTest, DroppedRecordsStayAway) {
  write({{"user", 0, 1, "a"}}, {{"mark", "1"}}, "old");
  write({{"user", 0, 1, "b"}}, {}, "new");
  ASSERT_TRUE(windows_->drop_records("old").ok());
  ASSERT_TRUE(windows_->drop_records("old").ok());
  ASSERT_TRUE(windows_->drop_records("never").ok());
  EXPECT_TRUE(scan("user", 0, kFirst, kLast, false, "old").empty());
  EXPECT_EQ(scan("user", 0, kFirst, kLast, false, "new"), (Scanned{{1, "b"}}));
  EXPECT_EQ(*store_->get_mark("mark"), std::optional<std::string>("1"));
  write({{"user", 0, 2, "again"}}, {}, "old");
  EXPECT_EQ(scan("user", 0, kFirst, kLast, false, "old"), (Scanned{{2, "again"}}));
  open();
  EXPECT_EQ(scan("user", 0, kFirst, kLast, true, "old"), (Scanned{{2, "again"}}));
}

// Random writes, loads, drops and reopenings beside a std::map.
TEST_P(WindowStoreTest, IsAMap) {
  const uint64_t seed = std::random_device{}();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  std::map<std::tuple<std::string, std::string, uint8_t, TimeUs>, std::string> model;
  const auto pick = [&](int most) { return static_cast<int>(random() % static_cast<uint64_t>(most)); };
  for (int step = 0; step < 300; ++step) {
    const std::string space = fmt::format("space {}", pick(3));
    std::vector<WindowRecord> records;
    for (int i = pick(20); i > 0; --i) {
      records.push_back({std::string(static_cast<size_t>(pick(3)), static_cast<char>('a' + pick(2))),
                         static_cast<uint8_t>(pick(3)), pick(40) - 20,
                         pick(5) == 0 ? "" : std::string(static_cast<size_t>(pick(50) + 1), 'x')});
    }
    const int what = pick(20);
    if (what == 0) {
      open();
    } else if (what == 1) {
      ASSERT_TRUE(windows_->drop_records(space).ok());
      std::erase_if(model, [&](const auto& entry) { return std::get<0>(entry.first) == space; });
    } else {
      const bool is_load = what < 8;
      ASSERT_TRUE((is_load ? windows_->load_records(space, records) : windows_->write_records(space, records, {})).ok());
      if (is_load) {
        ASSERT_TRUE(windows_->flush_records(space).ok());
      }
      for (const WindowRecord& record : records) {
        const auto key = std::tuple(space, record.entity, record.level, record.start);
        model.erase(key);
        if (!record.bytes.empty()) model[key] = record.bytes;
      }
    }
    const std::string entity(static_cast<size_t>(pick(3)), 'a');
    const auto level = static_cast<uint8_t>(pick(3));
    const TimeUs from = pick(40) - 20;
    const TimeUs to = pick(40) - 20;
    Scanned expected;
    for (const auto& [key, bytes] : model) {
      if (std::get<0>(key) == space && std::get<1>(key) == entity && std::get<2>(key) == level && std::get<3>(key) >= from &&
          std::get<3>(key) < to) {
        expected.emplace_back(std::get<3>(key), bytes);
      }
    }
    ASSERT_EQ(scan(entity, level, from, to, false, space), expected) << "step " << step;
    std::reverse(expected.begin(), expected.end());
    ASSERT_EQ(scan(entity, level, from, to, true, space), expected) << "step " << step;
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, WindowStoreTest, testing::ValuesIn(online_store_factories()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace gnomon
