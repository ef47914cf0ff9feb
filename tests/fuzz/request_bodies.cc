// Bodies and targets of HTTP requests from bytes. Every one gives a struct or an error that says something; what is taken is valid Arrow.
//
// The entry is libFuzzer's, so that it runs under that where clang's runtime is installed (-DGNOMON_LIBFUZZER); without it the test below
// feeds it mutants of a corpus.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <arrow/api.h>

#include "serve/arrow_body.h"
#include "serve/feast_request.h"
#include "serve/request_target.h"
#include "serve/rows_request.h"

namespace {

using gnomon::Status;

void require(bool holds, const char* what, const std::string& text) {
  if (holds) return;
  std::fprintf(stderr, "%s: %s\n", what, text.c_str());
  std::abort();
}

// Whether it was taken.
bool check(const Status& status, const std::string& bytes) {
  require(
      status.ok() || ((status.code() == gnomon::Code::kInvalidArgument || status.code() == gnomon::Code::kUnimplemented) &&
                      !status.info().message.empty()),
      "an error of no use", bytes);
  return status.ok();
}

bool take_bodies(const std::string& bytes) {
  auto online = gnomon::parse_online_body(bytes, [](const std::string& name) { return name == "amount"; });
  bool is_taken = check(online.status(), bytes);
  if (online.ok()) require(online->entities->ValidateFull().ok(), "entities that are not valid", bytes);
  for (const auto& rows : {gnomon::parse_push_body(bytes), gnomon::parse_write_body(bytes)}) {
    is_taken |= check(rows.status(), bytes);
    if (rows.ok()) require(rows->rows->ValidateFull().ok(), "rows that are not valid", bytes);
  }
  is_taken |= check(gnomon::parse_materialize_body(bytes, gnomon::MaterializeForm::kInterval).status(), bytes);
  is_taken |= check(gnomon::parse_materialize_body(bytes, gnomon::MaterializeForm::kIncremental).status(), bytes);
  return is_taken;
}

bool take_rows(const std::string& bytes) {
  bool is_taken = false;
  for (const std::string_view type : {std::string_view("application/json"), gnomon::kArrowStream}) {
    gnomon::HttpRequest request;
    request.content_type = type;
    request.body = bytes;
    auto rows = gnomon::read_rows_request(request, "df", gnomon::all_values, {"to", "as_of"});
    is_taken |= check(rows.status(), bytes);
    if (rows.ok()) require(rows->rows->ValidateFull().ok(), "rows that are not valid", bytes);
  }
  return is_taken;
}

void take_target(const std::string& bytes) {
  const auto [path, query] = gnomon::split_target(bytes);
  check(gnomon::parse_query(query, {"limit", "x"}).status(), bytes);
  const auto decoded = gnomon::percent_decoded(path, false);
  if (!decoded.has_value()) return;
  require(gnomon::percent_decoded(gnomon::percent_encoded(*decoded), false) == decoded, "does not decode back", bytes);
}

bool take(const std::string& bytes) {
  take_target(bytes);
  const bool is_body = take_bodies(bytes);
  return take_rows(bytes) || is_body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  take(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}

#ifndef GNOMON_LIBFUZZER
#include <gtest/gtest.h>

#include "fuzz_loop.h"

namespace {

const std::vector<std::string> kBodies = {
    R"({"features":["v:a","v:b"],"entities":{"user":[1,2],"amount":[2.5,null]},"full_feature_names":true,"as_of":"2024-06-01T10:30:00Z"})",
    R"({"feature_service":"s","entities":{"site":["n\u00e9\ud83d\ude00",""],"tags":[["a","b"],[]]},"timeout_ms":250})",
    R"({"push_source_name":"p","df":{"user":[1],"at":["2024-06-01"],"x":[-0.0]},"to":"online","allow_registry_cache":true})",
    R"({"feature_view_name":"v","df":{"user":[9223372036854775807,null],"flag":[true,false],"x":[1e300,"NaN"]}})",
    R"({"start_ts":"2024-01-01T00:00:00","end_ts":"2024-06-01T00:00:00+02:00","feature_views":["a"]})",
    R"({"end_ts":"2024-06-01"})",
    R"({"df":{"user":[1,2,3],"list":[[1],[2,3],null]},"to":"offline"})",
    "/v1/push/%41b%20c?limit=5&x=a+b",
};
const std::vector<std::string> kPieces = {"{",
                                          "}",
                                          "[",
                                          "]",
                                          ",",
                                          ":",
                                          "\"",
                                          "\\",
                                          "\\u",
                                          "null",
                                          "true",
                                          "-",
                                          "1e999",
                                          "0.1",
                                          "[[1]]",
                                          "\"NaN\"",
                                          "\xff",
                                          "\xf0",
                                          "%",
                                          "%00",
                                          "&",
                                          "\"df\":",
                                          "\"entities\":",
                                          "9223372036854775808",
                                          "\"as_of\":"};

std::string arrow_bytes() {
  arrow::Int64Builder users;
  arrow::StringBuilder names;
  const bool ok = users.AppendValues({1, 2, 3}).ok() && names.AppendValues(std::vector<std::string>{"a", "", "größe"}).ok();
  EXPECT_TRUE(ok);
  auto table = arrow::Table::Make(arrow::schema({arrow::field("user", arrow::int64()), arrow::field("name", arrow::utf8())}),
                                  {*users.Finish(), *names.Finish()});
  return *gnomon::arrow_body(*table, gnomon::kRequestEntry, R"({"to":"online"})");
}

TEST(FuzzRequestBodies, MutatedCorpus) {
  std::vector<std::string> corpus = kBodies;
  corpus.push_back(arrow_bytes());
  gnomon::test::FuzzLoop loop(corpus, kPieces);
  int64_t taken = 0;
  const int64_t inputs = loop.run(take, &taken);
  EXPECT_GT(taken, inputs / 100) << "few mutants are requests: what is behind the parser is hardly tested";
}

}  // namespace
#endif
