#include "gnomon/status.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace gnomon {
namespace {

constexpr Code kAllCodes[] = {
    Code::kOk,           Code::kInvalidArgument,   Code::kUnauthenticated,    Code::kPermissionDenied,
    Code::kNotFound,     Code::kAlreadyExists,     Code::kFailedPrecondition, Code::kAborted,
    Code::kUnavailable,  Code::kResourceExhausted, Code::kDeadlineExceeded,   Code::kDataLoss,
    Code::kUnimplemented};

Result<int> half(int number) {
  if (number % 2 != 0) return Status(Code::kInvalidArgument, "GN999", "odd number: " + std::to_string(number));
  return number / 2;
}

Result<std::string> quarter(int number) {
  GN_ASSIGN(int first, half(number));
  GN_ASSIGN(int second, half(first));
  return std::to_string(second);
}

Status require_even(int number) {
  GN_TRY(half(number).status());
  return Status();
}

TEST(Status, IsOkWithoutAnError) {
  EXPECT_TRUE(Status().ok());
  EXPECT_EQ(Status().code(), Code::kOk);
  EXPECT_EQ(Status().to_string(), "ok");
  EXPECT_TRUE(Status().with_where("here").ok());
}

TEST(Status, SaysWhatWhereAndWhatToDo) {
  Status status(Code::kInvalidArgument, "GN101", "unknown column \"dep_dely\"", "Did you mean \"dep_delay\"?");
  EXPECT_EQ(status.to_string(), "GN101 unknown column \"dep_dely\". Did you mean \"dep_delay\"?");
  EXPECT_EQ(status.with_where("features/traffic.py:14").to_string(),
            "GN101 features/traffic.py:14  unknown column \"dep_dely\". Did you mean \"dep_delay\"?");
}

TEST(Status, DoesNotDoublePunctuation) {
  EXPECT_EQ(Status(Code::kNotFound, "GN1", "is it there?", "Look").to_string(), "GN1 is it there? Look");
  EXPECT_EQ(Status(Code::kNotFound, "GN1", "It is not.", "Look").to_string(), "GN1 It is not. Look");
}

TEST(Status, KeepsTheInnermostPlace) {
  Status status = Status(Code::kNotFound, "GN1", "gone", "", "inner").with_where("outer");
  EXPECT_EQ(status.info().where, "inner");
  EXPECT_EQ(status.code(), Code::kNotFound);
}

TEST(Status, CopiesShareOneError) {
  Status status(Code::kNotFound, "GN1", "gone");
  Status copy = status;
  EXPECT_EQ(&copy.info(), &status.info());
}

TEST(StatusDeathTest, AnErrorNeedsACode) { EXPECT_DEATH(Status(Code::kOk, "GN1", "what"), "broken invariant"); }

TEST(Code, EachHasANameAndAnHttpStatus) {
  std::set<std::string> names;
  for (Code code : kAllCodes) {
    names.insert(code_name(code));
    int http_status = code_http_status(code);
    EXPECT_TRUE(code == Code::kOk ? http_status == 200 : http_status >= 400 && http_status < 600) << code_name(code);
  }
  EXPECT_EQ(names.size(), std::size(kAllCodes));
  EXPECT_STREQ(code_name(Code::kUnimplemented), "Unimplemented");
  EXPECT_EQ(code_http_status(Code::kAborted), 409);
  EXPECT_EQ(code_http_status(Code::kResourceExhausted), 429);
}

TEST(Result, TravelsThroughTheMacros) {
  EXPECT_EQ(*quarter(12), "3");
  EXPECT_EQ(quarter(7).status().info().message, "odd number: 7");
  EXPECT_EQ(quarter(6).status().info().message, "odd number: 3");
  EXPECT_TRUE(require_even(2).ok());
  EXPECT_FALSE(require_even(3).ok());
}

TEST(Result, HoldsWhatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  ASSERT_TRUE(result.ok());
  std::unique_ptr<int> taken = std::move(result.value());
  EXPECT_EQ(*taken, 7);
}

}  // namespace
}  // namespace gnomon
