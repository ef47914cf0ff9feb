// What is answered before an engine is asked: calls that are late, or are no calls.
#include <gtest/gtest.h>

#include "access_fixture.h"
#include "feast/serving/ServingService.pb.h"
#include "serve/feast_rpc.h"
#include "serve/metrics.h"

namespace gnomon {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::hours;
using std::chrono::milliseconds;
constexpr size_t kGetOnlineFeatures = 0, kGetFeastServingInfo = 1;

class FeastRpcTest : public AccessFolder {
 protected:
  void SetUp() override {
    AccessFolder::SetUp();
    auto opened = AccessControl::open(project(), "shop", {}, nullptr, Env::real());
    ASSERT_TRUE(opened.ok()) << opened.status().to_string();
    control_ = std::move(*opened);
    access_.emplace(control_.get(), nullptr);
    rpc_.emplace(context_, *access_, milliseconds(500));
  }

  RpcReply read(std::string_view body, Clock::duration ago, std::optional<Clock::duration> left = std::nullopt) {
    RpcRequest request{.method = kGetOnlineFeatures,
                       .body = body,
                       .as_of = {},
                       .authorization = {},
                       .peer = {},
                       .arrived = Clock::now() - ago};
    if (left.has_value()) request.deadline = Clock::now() + *left;
    return rpc_->answer(request);
  }

  std::vector<Route> routes_;
  Metrics metrics_{routes_};
  RouteContext context_{nullptr, nullptr, &metrics_, &routes_};
  std::unique_ptr<AccessControl> control_;  // nobody is asked
  std::optional<RouteAccess> access_;
  std::optional<FeastRpc> rpc_;
};

TEST_F(FeastRpcTest, MethodsAreFeasts) {
  EXPECT_EQ(rpc_->methods()[kGetOnlineFeatures], "/feast.serving.ServingService/GetOnlineFeatures");
  RpcReply reply = rpc_->answer(
      {.method = kGetFeastServingInfo, .body = {}, .as_of = {}, .authorization = {}, .peer = {}, .arrived = Clock::now()});
  feast::serving::GetFeastServingInfoResponse info;
  ASSERT_TRUE(info.ParseFromString(reply.body));
  EXPECT_TRUE(info.version().starts_with("gnomon "));
}

TEST_F(FeastRpcTest, ACallThatWaitedTooLongIsRefused) {
  RpcReply reply = read("", hours(1));
  EXPECT_EQ(reply.code, RpcCode::kUnavailable);
  EXPECT_TRUE(reply.message.starts_with("GN617 ")) << reply.message;
}

TEST_F(FeastRpcTest, AnOverdueCallIsNotBegun) {
  RpcReply reply = read("", hours(0), milliseconds(-1));
  EXPECT_EQ(reply.code, RpcCode::kDeadlineExceeded);
  EXPECT_TRUE(reply.message.starts_with("GN617 ")) << reply.message;
}

TEST_F(FeastRpcTest, WhatIsNoRequestIsSaidToBeNone) {
  RpcReply reply = read("\xff\xff", Clock::duration(0), hours(1));
  EXPECT_EQ(reply.code, RpcCode::kInvalidArgument);
  EXPECT_TRUE(reply.message.starts_with("GN651 ")) << reply.message;
  reply = read("", Clock::duration(0));
  EXPECT_TRUE(reply.message.starts_with("GN611 ")) << reply.message;
}

TEST_F(FeastRpcTest, CallsAreCountedByTheStatusOfTheirCode) {
  read("", hours(1));
  read("\xff", Clock::duration(0));
  std::string text = metrics_.text({});
  std::string call = R"(gnomon_requests_total{method="gRPC",route="/feast.serving.ServingService/GetOnlineFeatures",)";
  EXPECT_NE(text.find(call + "code=\"503\"} 1"), std::string::npos) << text;
  EXPECT_NE(text.find(call + "code=\"400\"} 1"), std::string::npos) << text;
  EXPECT_NE(text.find("gnomon_errors_total{id=\"GN651\"} 1"), std::string::npos) << text;
}

}  // namespace
}  // namespace gnomon
