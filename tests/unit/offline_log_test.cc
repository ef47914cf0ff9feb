// Damaged tables, and tables that other writers made: an error that names the file, never wrong rows.
#include <filesystem>
#include <fstream>
#include <random>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "gnomon/offline_table.h"
#include "stores/delta_entry.h"
#include "unit/offline_sample_rows.h"

namespace gnomon {
namespace {

namespace fs = std::filesystem;
using test::id_rows;
using test::sorted_ids;

constexpr const char* kSchema =
    R"("{\"type\":\"struct\",\"fields\":[{\"name\":\"id\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}}]}")";

std::string read(const std::string& path) { return *Env::real()->read_file(path); }
void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

class OfflineLogTest : public testing::Test {
 protected:
  void SetUp() override {
    for (int64_t i = 0; i < 3; ++i) ASSERT_TRUE(table_.commit(*id_rows(i, 1), {CommitMode::kAppend, "app", i}).ok());
  }
  std::string entry(int version) const {
    return table_.path() + "/_delta_log/0000000000000000000" + std::to_string(version) + ".json";
  }

  void expect_error(const std::string& id, const std::string& names) {
    Status status = table_.snapshot().status();
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.info().id, id) << status.to_string();
    EXPECT_NE(status.info().message.find(names), std::string::npos) << status.to_string();
  }

  test::TemporaryFolder folder_;
  OfflineTable table_{folder_ / "table", Env::real()};
};

TEST_F(OfflineLogTest, FindsEveryFlippedByteOfAnEntry) {
  for (int version : {0, 1}) {
    std::string intact = read(entry(version));
    for (size_t at = 0; at < intact.size(); ++at) {
      for (unsigned char flip : {0x01, 0x20, 0xff}) {
        std::string damaged = intact;
        damaged[at] = static_cast<char>(damaged[at] ^ flip);
        Result<DeltaEntry> parsed = parse_delta_entry(damaged, "the entry");
        ASSERT_FALSE(parsed.ok()) << "byte " << at << " xor " << int(flip) << " of " << damaged;
        ASSERT_EQ(parsed.status().info().id, "GN521");
      }
    }
    EXPECT_TRUE(parse_delta_entry(intact, "the entry").ok());
  }
  write(entry(1), read(entry(1)).replace(3, 1, "x"));
  expect_error("GN521", entry(1));
  EXPECT_EQ(table_.snapshot(0)->version, 0) << "older versions stay readable";
  EXPECT_EQ(table_.commit(*id_rows(9, 1), {}).status().info().id, "GN521");
}

TEST_F(OfflineLogTest, FindsEveryTruncatedEntry) {
  std::string intact = read(entry(0));
  for (size_t size = 0; size < intact.size(); ++size) {
    ASSERT_FALSE(parse_delta_entry(intact.substr(0, size), "the entry").ok()) << size;
  }
  EXPECT_FALSE(parse_delta_entry(intact + "{}", "the entry").ok());
}

TEST_F(OfflineLogTest, SurvivesAnyBytes) {
  constexpr unsigned kSeed = 20240229;
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  std::string intact = read(entry(0));
  intact.erase(intact.find("\"engineInfo\""),
               std::string("\"engineInfo\":\"gnomon\",").size());  // without this the checksum
  intact.erase(intact.find("\"gnomonChecksum\""),
               std::string("\"gnomonChecksum\":\"\",").size() + 32);  // would catch it all
  ASSERT_TRUE(parse_delta_entry(intact, "the entry").ok());
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = intact;
    for (size_t n = 1 + random() % 4; n > 0; --n) {
      size_t at = random() % bytes.size();
      if (random() % 3 == 0)
        bytes.erase(at, random() % 20);
      else
        bytes[at] = static_cast<char>(random());
      if (bytes.empty()) bytes = "{";
    }
    Result<DeltaEntry> parsed = parse_delta_entry(bytes, "the entry");
    if (!parsed.ok()) {
      EXPECT_TRUE(parsed.status().info().id == "GN521" || parsed.status().info().id == "GN524");
    }
  }
  EXPECT_FALSE(parse_delta_entry(std::string(200'000, '['), "the entry").ok());
}

TEST_F(OfflineLogTest, FindsAMissingEntry) {
  fs::remove(entry(1));
  expect_error("GN521", entry(1));
  EXPECT_EQ(table_.snapshot(0)->version, 0);
  EXPECT_EQ(table_.snapshot(2).status().code(), Code::kDataLoss);
  EXPECT_EQ(table_.snapshot(9).status().code(), Code::kDataLoss);
  EXPECT_FALSE(table_.commit(*id_rows(9, 1), {}).ok()) << "a commit must not fill the gap";
  EXPECT_FALSE(fs::exists(entry(1)));
}

TEST_F(OfflineLogTest, FindsAMissingFirstEntry) {
  fs::remove(entry(0));
  expect_error("GN521", entry(0));
  EXPECT_FALSE(table_.commit(*id_rows(9, 1), {}).ok());
  EXPECT_FALSE(fs::exists(entry(0)));
}

TEST_F(OfflineLogTest, SaysThatItDoesNotReadCheckpoints) {
  write(table_.path() + "/_delta_log/_last_checkpoint", R"({"version":1,"size":4})");
  write(table_.path() + "/_delta_log/00000000000000000001.checkpoint.parquet", "PAR1");
  EXPECT_EQ(table_.snapshot()->version, 2) << "harmless while the entries are there";
  fs::remove(entry(0));
  fs::remove(entry(1));
  expect_error("GN524", "checkpoint");
  EXPECT_EQ(table_.snapshot().status().code(), Code::kUnimplemented);
  EXPECT_EQ(table_.snapshot(2).status().code(), Code::kUnimplemented);
  fs::remove(entry(2));
  expect_error("GN524", "checkpoint");
}

TEST_F(OfflineLogTest, FindsAMissingDataFile) {
  std::string file = table_.snapshot()->files[1];
  fs::remove(file);
  expect_error("GN521", file);
  EXPECT_TRUE(table_.snapshot(0).ok());
  EXPECT_EQ(table_.commit(*id_rows(9, 1), {}).status().info().id, "GN521") << "no rows into a table that cannot be read";
  EXPECT_FALSE(fs::exists(entry(3)));
}

TEST_F(OfflineLogTest, FindsEveryFlippedByteOfADataFile) {
  std::string path = table_.snapshot()->files[2];
  std::string intact = read(path);
  for (size_t at = 0; at < intact.size(); at += 7) {
    std::string damaged = intact;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    write(path, damaged);
    Status status = table_.verify();
    ASSERT_EQ(status.code(), Code::kDataLoss) << at;
    ASSERT_NE(status.info().message.find(path), std::string::npos);
  }
  write(path, intact);
  EXPECT_TRUE(table_.verify().ok());
  write(path, intact.substr(0, intact.size() - 1));
  expect_error("GN521", path);
}

TEST_F(OfflineLogTest, OverwritingRepairsADamagedTable) {
  auto overwrite = [&] { return table_.commit(*id_rows(0, 9), {CommitMode::kOverwrite, "", -1}); };
  std::string file = overwrite()->files[0];
  std::string damaged = read(file);
  damaged[20] ^= 1;
  write(file, damaged);
  ASSERT_FALSE(table_.verify().ok());
  EXPECT_EQ(overwrite()->version, 4) << "the same rows, but not the same as what is there";
  EXPECT_TRUE(table_.verify().ok());
  fs::remove(table_.snapshot()->files[0]);
  EXPECT_EQ(overwrite()->version, 5);
  EXPECT_EQ(sorted_ids(*table_.snapshot()).size(), 9u);
}

TEST_F(OfflineLogTest, WhatIsNotInTheLogDoesNotExist) {
  fs::copy_file(table_.snapshot()->files[0], table_.path() + "/part-orphan.parquet");
  write(table_.path() + "/.part-0123456789abcdef.tmp", "half a file");
  write(table_.path() + "/_delta_log/00000000000000000003.json.0123456789abcdef.tmp", "half an entry");
  write(table_.path() + "/_delta_log/00000000000000000001.00000000000000000002.compacted.json", "{}");
  write(table_.path() + "/_delta_log/99999999999999999999.json", "a stray file");
  EXPECT_EQ(sorted_ids(*table_.snapshot()), (std::vector<int64_t>{0, 1, 2}));
}

// Entries as another writer might leave them. `lines` is one commit; the table has that one only.
class ForeignTableTest : public testing::Test {
 protected:
  Result<OfflineSnapshot> snapshot(const std::string& lines) {
    write(log_ + "/00000000000000000000.json", lines);
    return table_.snapshot();
  }
  std::string error_id(const std::string& lines) {
    Status status = snapshot(lines).status();
    return status.ok() ? "ok" : status.info().id;
  }
  static std::string protocol(int reader, int writer) {
    return "{\"protocol\":{\"minReaderVersion\":" + std::to_string(reader) +
           ",\"minWriterVersion\":" + std::to_string(writer) + "}}\n";
  }
  static std::string metadata(const std::string& more = "", const std::string& schema = kSchema) {
    return "{\"metaData\":{\"id\":\"x\",\"format\":{\"provider\":\"parquet\"},\"schemaString\":" + schema + more + "}}\n";
  }
  std::string start() { return protocol(1, 2) + metadata(); }

  void SetUp() override { ASSERT_TRUE(Env::real()->make_dirs(log_).ok()); }

  test::TemporaryFolder folder_;
  OfflineTable table_{folder_ / "table", Env::real()};
  std::string log_ = folder_ / "table/_delta_log";
};

TEST_F(ForeignTableTest, AnEmptyLogIsNoTable) { EXPECT_EQ(table_.snapshot()->version, -1); }

TEST_F(ForeignTableTest, ReadsWhatItUnderstands) {
  OfflineTable other(folder_ / "other", Env::real());
  fs::copy_file(other.commit(*id_rows(0, 4), {})->files[0], table_.path() + "/with space.parquet");
  int64_t size = static_cast<int64_t>(fs::file_size(table_.path() + "/with space.parquet"));
  Result<OfflineSnapshot> found =
      snapshot("\n" + start() + "{\"unknown\":{\"a\":[1]}}\r\n{\"add\":{\"path\":\"with%20space.parquet\",\"size\":" +
               std::to_string(size) + ",\"partitionValues\":{},\"deletionVector\":null}}");
  ASSERT_TRUE(found.ok()) << found.status().to_string();
  EXPECT_EQ(found->file_rows, std::vector<int64_t>{4}) << "from the footer, as the log does not say";
  EXPECT_EQ(sorted_ids(*found).size(), 4u);
  EXPECT_EQ(table_.commit(*id_rows(4, 1), {})->version, 1);
  EXPECT_EQ(sorted_ids(*table_.snapshot()).size(), 5u);
}

TEST_F(ForeignTableTest, RefusesWhatWouldBeWrongRows) {
  EXPECT_EQ(error_id(start()), "ok");
  EXPECT_EQ(error_id(protocol(2, 5) + metadata()), "GN524");
  EXPECT_EQ(error_id(protocol(3, 7) + metadata()), "GN524");
  EXPECT_EQ(error_id(protocol(1, 2) + metadata(",\"partitionColumns\":[\"day\"]")), "GN524");
  EXPECT_EQ(error_id(start() + R"({"add":{"path":"a","size":1,"partitionValues":{"day":"1"}}})"), "GN524");
  EXPECT_EQ(error_id(start() + R"({"add":{"path":"a","size":1,"deletionVector":{"storageType":"u"}}})"), "GN524");
}

TEST_F(ForeignTableTest, RefusesFilesOutsideTheFolder) {
  for (const char* path :
       {"/etc/passwd", "../x", "a/../../x", "..", "a/..", "file:///etc/passwd", "s3://b/k", "%2e%2e/x", "%2Fetc", ""}) {
    EXPECT_EQ(error_id(start() + "{\"add\":{\"path\":\"" + path + "\",\"size\":1}}"), "GN524") << path;
  }
}

TEST_F(ForeignTableTest, NamesWhatCannotBeParsed) {
  for (const char* line :
       {"not json", "[]", "1", "{\"add\":1}", "{\"add\":{}}", "{\"add\":{\"path\":1,\"size\":1}}",
        "{\"add\":{\"path\":\"a\",\"size\":\"1\"}}", "{\"add\":{\"path\":\"a\",\"size\":-1}}", "{\"remove\":{}}",
        "{\"txn\":{\"appId\":\"a\"}}", "{\"protocol\":{}}", "{\"metaData\":{\"schemaString\":\"x\"}}"}) {
    EXPECT_EQ(error_id(start() + line), "GN521") << line;
  }
  EXPECT_EQ(error_id(""), "GN521");
  EXPECT_EQ(error_id("{}"), "GN521") << "a table without metaData";
  EXPECT_EQ(error_id(start() + R"({"add":{"path":"a","size":1}})"), "GN521") << "a file that is not there";
}

TEST_F(ForeignTableTest, DoesNotWriteWhatItCouldNotKeep) {
  auto commit_error = [&](const std::string& lines, CommitMode mode) {
    EXPECT_TRUE(snapshot(lines).ok());
    Status status = table_.commit(*id_rows(0, 1), {mode, "", -1}).status();
    fs::remove(log_ + "/00000000000000000001.json");
    return status.ok() ? "ok" : status.info().id;
  };
  std::string strict = kSchema;
  strict.replace(strict.find("true"), 4, "false");
  std::string checked = kSchema;
  checked.replace(checked.find("{}"), 2, "{\\\"delta.invariants\\\":\\\"id > 0\\\"}");
  std::string append_only = metadata(",\"configuration\":{\"delta.appendOnly\":\"true\"}");
  EXPECT_EQ(commit_error(protocol(1, 3) + metadata(), CommitMode::kAppend), "GN524");
  EXPECT_EQ(commit_error(protocol(1, 2) + metadata("", strict), CommitMode::kAppend), "GN522");
  EXPECT_EQ(commit_error(protocol(1, 2) + metadata("", checked), CommitMode::kAppend), "GN522");
  EXPECT_EQ(commit_error(protocol(1, 2) + append_only, CommitMode::kAppend), "ok");
  EXPECT_EQ(commit_error(protocol(1, 2) + append_only, CommitMode::kOverwrite), "GN522");
}

}  // namespace
}  // namespace gnomon
