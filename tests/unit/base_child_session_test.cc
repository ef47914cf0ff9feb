// A child that is asked again and again: answers, deadlines and deaths.
#include "base/child_session.h"

#include <gtest/gtest.h>

namespace gnomon {
namespace {

using std::chrono::milliseconds;

std::string frame(const std::string& body) {
  uint64_t length = body.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof(length)) + body;
}

TEST(ChildSession, IsAskedAgainAndAgain) {
  auto session = ChildSession::start({"cat"});
  ASSERT_TRUE(session.ok());
  const std::string large = frame(std::string(3'000'000, 'x'));  // more than any pipe holds
  for (const std::string& question : {frame("first"), large, frame("")}) {
    auto answer = (*session)->ask({std::string_view(question).substr(0, 4), std::string_view(question).substr(4)},
                                  milliseconds(20'000));
    ASSERT_TRUE(answer.ok()) << answer.status().to_string();
    EXPECT_EQ(*answer, question.substr(sizeof(uint64_t)));
  }
}

TEST(ChildSession, NobodyWaitsLongerThanTheDeadline) {
  auto session = ChildSession::start({"sleep", "100"});
  ASSERT_TRUE(session.ok());
  auto answer = (*session)->ask({frame("x")}, milliseconds(50));
  EXPECT_EQ(answer.status().code(), Code::kDeadlineExceeded);
  EXPECT_EQ(answer.status().info().id, "GN342");
}

TEST(ChildSession, SaysHowTheProcessEnded) {
  auto failing = ChildSession::start({"sh", "-c", "echo out of cheese >&2; exit 3"});
  ASSERT_TRUE(failing.ok());
  auto answer = (*failing)->ask({frame("x")}, milliseconds(20'000));
  ASSERT_EQ(answer.status().info().id, "GN343");
  EXPECT_NE(answer.status().info().message.find("exited with 3"), std::string::npos) << answer.status().to_string();
  auto killed = ChildSession::start({"sh", "-c", "kill -9 $$"});
  answer = (*killed)->ask({frame("x")}, milliseconds(20'000));
  EXPECT_NE(answer.status().info().message.find("signal 9"), std::string::npos) << answer.status().to_string();
  EXPECT_EQ(ChildSession::start({"no-such-program-at-all"}).status().info().id, "GN340");
}

}  // namespace
}  // namespace gnomon
