// A cluster: nodes that die, hang or are replaced, and slots that move, while others go on.
#include <set>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "redis_fixture.h"
#include "stores/redis/keys.h"

namespace gnomon {
namespace {

using std::chrono::milliseconds;

constexpr int64_t kUsers = 60;

class RedisClusterFaults : public testing::Test {
 protected:
  void SetUp() override {
    cluster_ = std::make_unique<RedisClusterProcesses>();
    store_ = open_store(cluster_->connection(), folder_.path());
    ASSERT_NE(store_, nullptr);
    std::vector<Fact> facts;
    for (int64_t user = 0; user < kUsers; ++user) facts.push_back({user, user, 100});
    ASSERT_TRUE(write_facts(*store_, view_, facts).ok());
    for (int64_t user = 0; user < kUsers; ++user) master_.push_back(cluster_->master_of(row_key(user), 0));
    ASSERT_EQ(std::set<size_t>(master_.begin(), master_.end()).size(), 3u) << "users on all three masters";
    // One that has not the small values, so that both kinds of loss are seen.
    const size_t meta = cluster_->master_of(fmt::format("{}:{{meta}}", kPrefix), 0);
    lost_ = (meta + 1) % 3;
    asked_ = (meta + 2) % 3;
  }

  // Answers of users on the lost node are failures, all others are as they were.
  void expect_partial(const std::vector<std::string>& answers) const {
    ASSERT_EQ(answers.size(), static_cast<size_t>(kUsers)) << answers[0];
    for (size_t user = 0; user < answers.size(); ++user)
      EXPECT_EQ(answers[user], master_[user] == lost_ ? "failed: GN530" : std::to_string(user)) << "user " << user;
  }

  bool is_whole() {
    const std::vector<std::string> answers = read_users(*store_, view_, kUsers);
    for (size_t user = 0; user < answers.size(); ++user) {
      if (answers[user] != std::to_string(user)) return false;
    }
    return answers.size() == static_cast<size_t>(kUsers);
  }

  bool becomes_whole() {
    for (const Stopwatch watch; watch.ms() < 20'000;) {
      if (is_whole()) return true;
      std::this_thread::sleep_for(milliseconds(50));
    }
    return false;
  }

  ScratchFolder folder_;
  OnlineViewSpec view_ = user_view();
  std::unique_ptr<RedisClusterProcesses> cluster_;
  std::unique_ptr<OnlineStore> store_;
  std::vector<size_t> master_;  // by user
  size_t lost_ = 0, asked_ = 0;
};

TEST_F(RedisClusterFaults, ADeadNodeCostsItsKeysUntilAReplicaTakesItsPlace) {
  ASSERT_TRUE(is_whole());
  cluster_->node(lost_ + 3).pause();  // its replica: nobody takes its place yet
  cluster_->node(lost_).kill();
  for (int i = 0; i < 3; ++i) {
    const Stopwatch watch;
    expect_partial(read_users(*store_, view_, kUsers));
    EXPECT_LT(watch.ms(), 1'000);
  }
  cluster_->node(lost_ + 3).resume();
  EXPECT_TRUE(becomes_whole());
  ASSERT_TRUE(write_facts(*store_, view_, {{0, 7, 50}, {kUsers, kUsers, 200}}).ok());
  EXPECT_TRUE(is_whole()) << "an older row changed nothing on the new master, either";
}

TEST_F(RedisClusterFaults, AWriteWaitsForTheFailover) {
  cluster_->node(lost_).kill();
  std::vector<Fact> facts;
  for (int64_t user = 0; user < kUsers; ++user) facts.push_back({user, 1'000 + user, 200});
  const Status written = write_facts(*store_, view_, facts, {{"shop/user@1|mark", "2"}});
  ASSERT_TRUE(written.ok()) << written.to_string();
  const std::vector<std::string> answers = read_users(*store_, view_, kUsers);
  for (size_t user = 0; user < answers.size(); ++user) EXPECT_EQ(answers[user], std::to_string(1'000 + user));
}

TEST_F(RedisClusterFaults, APausedNodeCostsItsKeysAndNoMoreThanTheReadTimeout) {
  ASSERT_TRUE(is_whole());
  cluster_->node(lost_ + 3).pause();
  cluster_->node(lost_).pause();
  const Stopwatch watch;
  expect_partial(read_users(*store_, view_, kUsers));
  EXPECT_LT(watch.ms(), 1'500);
  cluster_->node(lost_).resume();
  cluster_->node(lost_ + 3).resume();
  EXPECT_TRUE(becomes_whole());
}

TEST_F(RedisClusterFaults, SlotsMoveUnderReadsAndWrites) {
  const auto found = std::find(master_.begin(), master_.end(), lost_);
  const auto user = found - master_.begin();
  const std::string key = row_key(user), slot = std::to_string(redis_slot(key));
  RedisServerProcess& from = cluster_->node(lost_);
  RedisServerProcess& to = cluster_->node(asked_);
  const std::string from_id = from.call({"CLUSTER", "MYID"}), to_id = to.call({"CLUSTER", "MYID"});
  ASSERT_EQ(to.call({"CLUSTER", "SETSLOT", slot, "IMPORTING", from_id}), "OK");
  ASSERT_EQ(from.call({"CLUSTER", "SETSLOT", slot, "MIGRATING", to_id}), "OK");
  ASSERT_EQ(from.call({"MIGRATE", "127.0.0.1", std::to_string(to.port()), key, "0", "5000"}), "OK");
  EXPECT_TRUE(is_whole()) << "ASK";
  ASSERT_TRUE(write_facts(*store_, view_, {{user, user, 150}}).ok());
  EXPECT_TRUE(is_whole());
  for (RedisServerProcess* node : {&to, &from}) ASSERT_EQ(node->call({"CLUSTER", "SETSLOT", slot, "NODE", to_id}), "OK");
  EXPECT_TRUE(is_whole()) << "MOVED";
  ASSERT_TRUE(write_facts(*store_, view_, {{user, user, 160}}).ok());
  EXPECT_TRUE(is_whole());
}

}  // namespace
}  // namespace gnomon
