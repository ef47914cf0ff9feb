#include "redis_fixture.h"

#include <arrow/api.h>
#include <arrow/util/logging.h>
#include <gtest/gtest.h>

#include "stores/redis/keys.h"
#include "stores/sorted_bytes.h"

namespace gnomon {
namespace {

std::shared_ptr<arrow::Array> numbers(const std::vector<int64_t>& values) {
  arrow::Int64Builder builder;
  ARROW_CHECK_OK(builder.AppendValues(values));
  return builder.Finish().ValueOrDie();
}

}  // namespace

OnlineViewSpec user_view() {
  OnlineViewSpec view;
  view.id = "shop/user@1";
  view.keys = arrow::schema({arrow::field("user", arrow::int64())});
  view.features = arrow::schema({arrow::field("x", arrow::int64())});
  return view;
}

Status write_facts(OnlineStore& store, const OnlineViewSpec& view, const std::vector<Fact>& facts,
                   const std::vector<OnlineMark>& marks) {
  std::vector<int64_t> users, xs, times;
  for (const Fact& fact : facts) {
    users.push_back(fact.user);
    xs.push_back(fact.x);
    times.push_back(fact.event_time);
  }
  arrow::FieldVector fields;
  for (const char* name : {"user", "x", kEventTime, kCreatedTime, kKnownAt})
    fields.push_back(arrow::field(name, arrow::int64()));
  auto batch = arrow::RecordBatch::Make(arrow::schema(fields), static_cast<int64_t>(facts.size()),
                                        {numbers(users), numbers(xs), numbers(times), numbers(times), numbers(times)});
  return store.write(view, {batch}, kNow, marks);
}

std::vector<std::string> read_users(OnlineStore& store, const OnlineViewSpec& view, int64_t count, TimeUs t) {
  std::vector<int64_t> users;
  for (int64_t user = 0; user < count; ++user) users.push_back(user);
  auto keys = arrow::RecordBatch::Make(view.keys, count, {numbers(users)});
  auto rows = store.read(view, *keys, t);
  if (!rows.ok()) return {"failed: " + rows.status().info().id};
  std::vector<std::string> texts;
  const auto& values = static_cast<const arrow::Int64Array&>(*rows->features->column(0));
  for (int64_t i = 0; i < count; ++i) {
    const OnlineStatus status = rows->row_status[static_cast<size_t>(i)];
    texts.push_back(status == OnlineStatus::kPresent ? std::to_string(values.Value(i)) : online_status_name(status));
  }
  for (const OnlineRows::Failure& failure : rows->failures) texts[failure.row] = "failed: " + failure.why.info().id;
  return texts;
}

std::unique_ptr<OnlineStore> open_store(const std::string& connection, const std::string& folder, Env* env,
                                        int read_timeout_ms, OpenMode mode) {
  RedisOptions options;
  options.connection = connection;
  options.key_prefix = kPrefix;
  options.read_timeout_ms = read_timeout_ms;
  auto store = open_redis_online_store(options, folder, mode, env);
  EXPECT_TRUE(store.ok()) << store.status().to_string();
  return store.ok() ? std::move(*store) : nullptr;
}

std::string row_key(int64_t user) {
  std::string entity(8, '\0'), key;
  store_big(entity.data(), static_cast<uint64_t>(user) ^ kSignBit64);
  RedisKeySpace(kPrefix, RedisKind::kRows, 1).set_key(entity, &key);
  return key;
}

}  // namespace gnomon
