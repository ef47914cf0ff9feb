// Bytes that nobody should send. The parser must answer every one of them, with a struct or an error, and must not crash.
#include <random>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "serve/feast_request.h"

namespace gnomon {
namespace {

// Parses as every kind of body; the answer does not matter, returning it does.
void parse_all(const std::string& bytes) {
  auto online = parse_online_body(bytes);
  if (online.ok()) {
    ASSERT_TRUE(online->entities->ValidateFull().ok());
  }
  for (const auto& rows : {parse_push_body(bytes), parse_write_body(bytes)}) {
    if (rows.ok()) {
      ASSERT_TRUE(rows->rows->ValidateFull().ok());
    }
  }
  (void)parse_materialize_body(bytes, MaterializeForm::kInterval).ok();
  (void)parse_materialize_body(bytes, MaterializeForm::kIncremental).ok();
}

void expect_refused(const std::string& bytes, const std::string& id = "") {
  auto body = parse_online_body(bytes);
  ASSERT_FALSE(body.ok()) << bytes.substr(0, 80);
  EXPECT_EQ(body.status().code(), Code::kInvalidArgument);
  if (!id.empty()) {
    EXPECT_EQ(body.status().info().id, id) << bytes.substr(0, 80) << ": " << body.status().to_string();
  }
}

TEST(HostileBody, NotJson) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "}",
                           "{\"features\":",
                           "{\"features\":[}",
                           "nul",
                           "{'features':1}",
                           "{\"features\":[]}x",
                           "{\"as_of\":01}",
                           "{\"as_of\":1e999}",
                           "{\"as_of\":NaN}",
                           "{\"as_of\":+1}",
                           "{\"as_of\":\"\\u12\"}",
                           "{\"as_of\":\"\\ud800\"}",
                           "\"\xff\"",
                           "{\"features\":[\"\xc3\x28\"]}",
                           "{\"as_of\":1,}",
                           "{\"features\":[\"a\" \"b\"]}",
                           "{\"as_of\":\"\n\"}",
                           "/**/{}"}) {
    expect_refused(text, "GN610");
  }
  expect_refused(std::string("{\"as_of\":\"\0\"}", 12), "GN610");
}

TEST(HostileBody, JsonThatIsNoObject) {
  for (const char* text : {"1", "null", "[]", "\"text\"", "true", "1.5", "99999999999999999999"})
    expect_refused(text, "GN611");
}

TEST(HostileBody, NestedDeeply) {
  for (size_t depth : {3u, 17u, 1'000u, 1'000'000u}) {
    for (const char* member : {"{\"entities\":", "{\"features\":", "{\"entities\":{\"a\":", ""}) {
      expect_refused(member + std::string(depth, '[') + std::string(depth, ']') + "}");
      expect_refused(member + std::string(depth, '['));
    }
  }
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"entities\":";
  expect_refused(objects);
}

TEST(HostileBody, ManyMembersAndLongNames) {
  std::string many = "{";
  for (int i = 0; i < 50'000; ++i) many += "\"m" + std::to_string(i) + "\":0,";
  many.back() = '}';
  auto unknown = parse_online_body(many);
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.status().info().id, "GN611");
  parse_all("{\"" + std::string(1'000'000, 'x') + "\":1}");
}

TEST(HostileBody, EveryPrefixOfAGoodBody) {
  const std::string good =
      R"({"features":["weather_now:temp","plane:seats"],"entities":{"origin":["E\u0057R",null],"n":[1,-2]},"as_of":"2013-02-12"})";
  ASSERT_TRUE(parse_online_body(good).ok());
  for (size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(parse_online_body(good.substr(0, length)).ok()) << length;
  }
}

TEST(HostileBody, RandomDamage) {
  constexpr uint64_t kSeed = 6566;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  const std::vector<std::string> good = {
      R"({"features":["a:b"],"entities":{"k":["x",null],"n":[1,-2]},"full_feature_names":true,"as_of":"2013-02-12T08:00Z"})",
      R"({"push_source_name":"s","df":{"x":[1,2.5,"NaN"],"l":[[1],[],null],"t":["2013","a","b"]},"to":"online"})",
      R"({"feature_view_name":"v","df":{"x":[true,false],"y":[1e308,-0.0]}})",
      R"({"start_ts":"2013-01-01","end_ts":"2013-02-01","feature_views":["a"]})"};
  const std::string alphabet = "{}[]:,\"\\0129.eE+-ntfu \xc3\xff";
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 40'000; ++i) {
    std::string bytes = good[random() % good.size()];
    for (uint64_t edits = 1 + random() % 4; edits > 0; --edits) {
      size_t at = random() % bytes.size();
      switch (random() % 3) {
        case 0: bytes[at] = alphabet[random() % alphabet.size()]; break;
        case 1: bytes.insert(at, 1, alphabet[random() % alphabet.size()]); break;
        default: bytes.erase(at, 1 + random() % 3);
      }
      if (bytes.empty()) bytes = "{";
    }
    SCOPED_TRACE(bytes);
    parse_all(bytes);
  }
}

}  // namespace
}  // namespace gnomon
