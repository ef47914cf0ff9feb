// API keys on file and in memory, the audit log, and the hash behind them.
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "access/audit_log.h"
#include "access/key_ring.h"
#include "access_fixture.h"

namespace gnomon {
namespace {

using AccessKeys = AccessFolder;

ApiKey reader_named(const std::string& name) { return {.name = name, .grants = {.actions = *builtin_role("reader")}}; }

KeyRing ring_of(const std::string& project) {
  auto keys = list_api_keys(project);
  EXPECT_TRUE(keys.ok()) << keys.status().to_string();
  return KeyRing(std::move(*keys));
}

int mode_of(const std::filesystem::path& path) {
  struct stat info {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
  return static_cast<int>(info.st_mode & 0777);
}

std::vector<nlohmann::json> lines_of(const std::filesystem::path& path) {
  std::vector<nlohmann::json> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

TEST(Sha256Test, AnswersOfTheStandard) {
  EXPECT_EQ(hex_of(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex_of(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 parsed{};
  ASSERT_TRUE(parse_hex(hex_of(sha256("abc")), &parsed));
  EXPECT_TRUE(equal_in_constant_time(parsed, sha256("abc")));
  EXPECT_FALSE(equal_in_constant_time(parsed, sha256("abd")));
  EXPECT_FALSE(parse_hex("00", &parsed));
  EXPECT_FALSE(parse_hex(std::string(64, 'g'), &parsed));
}

TEST(Base64UrlTest, AnswersOfTheStandard) {
  EXPECT_EQ(base64url(""), "");
  EXPECT_EQ(base64url("f"), "Zg");
  EXPECT_EQ(base64url("fo"), "Zm8");
  EXPECT_EQ(base64url("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64url("\xfb\xff"), "-_8");
}

TEST_F(AccessKeys, AKeyIsFoundByItsTextAndOnlyByThat) {
  auto text = create_api_key(project(), reader_named("ci"));
  auto other = create_api_key(project(), reader_named("other"));
  ASSERT_TRUE(text.ok() && other.ok());
  EXPECT_EQ(text->size(), kKeyPrefix.size() + 43);
  EXPECT_NE(*text, *other);
  KeyRing ring = ring_of(project());
  auto found = ring.find(*text, 0);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ((*found)->name, "key ci");
  EXPECT_TRUE((*found)->grants.front().actions.contains(Action::kReadOnline));
  EXPECT_FALSE((*found)->grants.front().actions.contains(Action::kWriteOnline));
  for (size_t i = 0; i < text->size(); ++i) {
    std::string wrong = *text;
    wrong[i] = wrong[i] == 'x' ? 'y' : 'x';
    EXPECT_EQ(ring.find(wrong, 0).status().info().id, "GN641") << i;
  }
  for (const std::string& wrong : {std::string(), std::string("gn_"), *text + "x", text->substr(0, 20)}) {
    EXPECT_FALSE(ring.find(wrong, 0).ok());
  }
}

TEST_F(AccessKeys, ItIsNoKeyFromTheInstantAtWhichItExpires) {
  ApiKey key = reader_named("ci");
  key.expires_us = 1'000;
  auto text = create_api_key(project(), key);
  ASSERT_TRUE(text.ok());
  KeyRing ring = ring_of(project());
  EXPECT_TRUE(ring.find(*text, 999).ok());
  EXPECT_FALSE(ring.find(*text, 1'000).ok());
}

TEST_F(AccessKeys, RevokedIsForGoodAndItsNameStaysTaken) {
  auto text = create_api_key(project(), reader_named("ci"));
  ASSERT_TRUE(text.ok());
  ASSERT_TRUE(revoke_api_key(project(), "ci", 5).ok());
  ASSERT_TRUE(revoke_api_key(project(), "ci", 9).ok());
  EXPECT_EQ(list_api_keys(project())->front().revoked_us, 5);
  Status refused = ring_of(project()).find(*text, 0).status();
  EXPECT_NE(refused.info().message.find("revoked"), std::string::npos);
  EXPECT_EQ(create_api_key(project(), reader_named("ci")).status().code(), Code::kAlreadyExists);
  EXPECT_EQ(revoke_api_key(project(), "nobody", 5).code(), Code::kNotFound);
}

TEST_F(AccessKeys, NamesDoNotLeaveTheFolder) {
  for (const char* name : {"", ".", "..", "../x", "a/b", "a b", "-x", "a\n", "ä"}) {
    EXPECT_EQ(create_api_key(project(), reader_named(name)).status().info().id, "GN646") << name;
    EXPECT_EQ(revoke_api_key(project(), name, 0).info().id, "GN646") << name;
  }
  EXPECT_EQ(create_api_key(project(), reader_named(std::string(64, 'a'))).status().info().id, "GN646");
}

TEST_F(AccessKeys, FilesAreTheirOwnersOnlyAndHoldNoKey) {
  mode_t before = ::umask(0);
  auto text = create_api_key(project(), reader_named("ci"));
  ::umask(before);
  ASSERT_TRUE(text.ok());
  std::filesystem::path file = folder_ / ".gnomon" / "keys" / "ci.json";
  EXPECT_EQ(mode_of(file.parent_path()), 0700);
  EXPECT_EQ(mode_of(file), 0600);
  ASSERT_TRUE(revoke_api_key(project(), "ci", 5).ok());
  EXPECT_EQ(mode_of(file), 0600);
  std::ifstream stored(file);
  std::string bytes((std::istreambuf_iterator<char>(stored)), std::istreambuf_iterator<char>());
  EXPECT_EQ(bytes.find(text->substr(3)), std::string::npos);
}

TEST_F(AccessKeys, WhatIsNoWholeKeyIsAnError) {
  auto text = create_api_key(project(), reader_named("ci"));
  ASSERT_TRUE(text.ok());
  std::filesystem::path file = folder_ / ".gnomon" / "keys" / "ci.json";
  std::ifstream stored(file);
  const nlohmann::json whole = nlohmann::json::parse(stored);
  auto id_of = [&](const std::string& bytes) {
    std::ofstream(file) << bytes;
    auto keys = list_api_keys(project());
    return keys.ok() ? "" : keys.status().info().id;
  };
  for (const auto& [name, value] : whole.items()) {
    nlohmann::json without = whole, other = whole;
    without.erase(name);
    other[name] = nlohmann::json::object({{"x", 1}});
    EXPECT_EQ(id_of(without.dump()), "GN644") << name;
    EXPECT_EQ(id_of(other.dump()), "GN644") << name;
  }
  EXPECT_EQ(id_of(""), "GN644");
  EXPECT_EQ(id_of(std::string(100'000, '[')), "GN644");
  EXPECT_EQ(id_of(whole.dump()), "");
}

TEST_F(AccessKeys, TheAuditLogIsTheOwnersAndItsLinesStayShort) {
  std::filesystem::path file = folder_ / ".gnomon" / "audit.ndjson";
  AuditLog log(project(), Env::real());
  ASSERT_TRUE(
      log.allow({.principal = "key ci", .action = Action::kWriteOnline, .resource = "x", .outcome = "allowed"}).ok());
  EXPECT_EQ(mode_of(file), 0600);
  log.deny({.principal = std::string(100'000, 'x') + "\n", .resource = "\xff", .outcome = "denied", .reason = "r"});
  EXPECT_EQ(lines_of(file).size(), 1);
  log.flush();
  auto lines = lines_of(file);
  ASSERT_EQ(lines.size(), 2);
  EXPECT_EQ(lines[0]["action"], "write_online");
  EXPECT_FALSE(lines[0].contains("reason"));
  EXPECT_LT(lines[1].dump().size(), 1'000);
}

TEST_F(AccessKeys, AFloodOfDenialsIsCounted) {
  ASSERT_TRUE(std::filesystem::create_directories(folder_ / ".gnomon"));
  {
    AuditLog log(project(), Env::real());
    for (size_t i = 0; i < AuditLog::kMostDenials + 7; ++i) log.deny({.outcome = "denied"});
  }
  auto lines = lines_of(folder_ / ".gnomon" / "audit.ndjson");
  ASSERT_EQ(lines.size(), AuditLog::kMostDenials + 1);
  EXPECT_EQ(lines.back()["not_listed"], 7);
}

TEST_F(AccessKeys, WhatCannotBeWrittenDownIsNotAllowed) {
  ASSERT_TRUE(std::filesystem::create_directories(folder_ / ".gnomon" / "audit.ndjson"));
  AuditLog log(project(), Env::real());
  EXPECT_FALSE(log.allow({.principal = "key ci", .outcome = "allowed"}).ok());
}

}  // namespace
}  // namespace gnomon
