#include "serve/store_calls.h"

#include <arrow/api.h>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "engine/answer_table.h"
#include "engine/report_json.h"
#include "serve/arrow_body.h"
#include "serve/request_target.h"

namespace gnomon {
namespace {

using nlohmann::json;

class LocalCalls : public StoreCalls {
 public:
  explicit LocalCalls(Engine* engine) : engine_(engine) {}
  Result<v1::Manifest> manifest() override { return engine_->manifest(); }
  Result<OnlineAnswer> get_online_features(const OnlineRequest& request) override {
    return engine_->get_online_features(request);
  }
  Result<std::string> explain_json(const std::string& feature, const std::shared_ptr<arrow::RecordBatch>& entity_row,
                                   std::optional<TimeUs> as_of) override {
    return engine_->explain_json(feature, entity_row, as_of);
  }
  Result<PushReport> push(const std::string& source, const arrow::Table& rows, PushTo to) override {
    return engine_->push(source, rows, to);
  }
  Result<MaterializeReport> materialize(TimeUs start, TimeUs end, const std::vector<std::string>& views) override {
    return engine_->materialize(start, end, views);
  }
  Result<MaterializeReport> materialize_incremental(TimeUs end, const std::vector<std::string>& views) override {
    return engine_->materialize_incremental(end, views);
  }
  Result<std::string> compact_json(std::optional<TimeUs> as_of, const std::vector<std::string>& views) override {
    GN_ASSIGN(CompactReport report, engine_->compact(as_of, views));
    return to_json(report);
  }
  Result<RunReport> run(const std::vector<std::string>& views) override { return engine_->run(views); }
  Result<std::string> verify_json(const VerifyRequest& request) override {
    GN_ASSIGN(VerifyReport report, engine_->verify(request));
    return to_json(report);
  }

 private:
  Engine* engine_;
};

const char* name_of(PushTo to) {
  switch (to) {
    case PushTo::kOnline: return "online";
    case PushTo::kOffline: return "offline";
    case PushTo::kOnlineAndOffline: return "online_and_offline";
  }
  GN_ASSERT(false);
}

json features_of(const FeatureRequest& request) {
  json asked = {{"full_feature_names", request.full_feature_names}};
  if (request.feature_service.empty())
    asked["features"] = request.features;
  else
    asked["feature_service"] = request.feature_service;
  return asked;
}

class RemoteCalls : public StoreCalls {
 public:
  explicit RemoteCalls(std::unique_ptr<HttpClient> client) : client_(std::move(client)) {}

  Result<v1::Manifest> manifest() override {
    GN_ASSIGN(HttpReply reply, client_->call({.method = "GET", .target = "/v1/manifest"}));
    return manifest_from_json(reply.body);
  }

  Result<OnlineAnswer> get_online_features(const OnlineRequest& request) override {
    json asked = features_of(request.features);
    if (request.as_of.has_value()) asked["as_of"] = format_time(*request.as_of);
    GN_ASSIGN(HttpReply reply, send_rows("/v1/features", *table_of(request.entity_rows), asked));
    GN_ASSIGN(ArrowBody body, read_arrow_body(reply.body, kAnswerEntry));
    return answer_of_table(*body.table, body.entry);
  }

  Result<std::string> explain_json(const std::string& feature, const std::shared_ptr<arrow::RecordBatch>& entity_row,
                                   std::optional<TimeUs> as_of) override {
    json asked = {{"feature", feature}};
    if (as_of.has_value()) asked["as_of"] = format_time(*as_of);
    GN_ASSIGN(HttpReply reply, send_rows("/v1/explain", *table_of(entity_row), asked));
    return std::move(reply.body);
  }

  Result<PushReport> push(const std::string& source, const arrow::Table& rows, PushTo to) override {
    GN_ASSIGN(HttpReply reply, send_rows("/v1/push/" + percent_encoded(source), rows, {{"to", name_of(to)}}));
    return push_report_of(reply.body);
  }

  Result<MaterializeReport> materialize(TimeUs start, TimeUs end, const std::vector<std::string>& views) override {
    json asked = {{"start_date", format_time(start)}, {"end_date", format_time(end)}, {"feature_views", views}};
    GN_ASSIGN(HttpReply reply, send("/v1/materialize", asked));
    return materialize_report_of(reply.body);
  }

  Result<MaterializeReport> materialize_incremental(TimeUs end, const std::vector<std::string>& views) override {
    GN_ASSIGN(HttpReply reply,
              send("/v1/materialize-incremental", {{"end_date", format_time(end)}, {"feature_views", views}}));
    return materialize_report_of(reply.body);
  }

  Result<std::string> compact_json(std::optional<TimeUs> as_of, const std::vector<std::string>& views) override {
    json asked = {{"feature_views", views}};
    if (as_of.has_value()) asked["as_of"] = format_time(*as_of);
    GN_ASSIGN(HttpReply reply, send("/v1/compact", asked));
    return std::move(reply.body);
  }

  Result<RunReport> run(const std::vector<std::string>& views) override {
    GN_ASSIGN(HttpReply reply, send("/v1/run", {{"views", views}}));
    return run_report_of(reply.body);
  }

  Result<std::string> verify_json(const VerifyRequest& request) override {
    json asked = json::object();
    if (!request.feature_service.empty()) asked["feature_service"] = request.feature_service;
    if (request.since.has_value()) asked["since"] = format_time(*request.since);
    if (request.until.has_value()) asked["until"] = format_time(*request.until);
    GN_ASSIGN(HttpReply reply, send("/v1/verify", asked));
    return std::move(reply.body);
  }

 private:
  static std::shared_ptr<arrow::Table> table_of(const std::shared_ptr<arrow::RecordBatch>& batch) {
    return arrow::Table::Make(batch->schema(), batch->columns(), batch->num_rows());
  }

  Result<HttpReply> send(const std::string& target, const json& asked) {
    return client_->call({.method = "POST", .target = target, .content_type = "application/json", .body = asked.dump()});
  }

  Result<HttpReply> send_rows(const std::string& target, const arrow::Table& rows, const json& asked) {
    HttpRequest request{.method = "POST", .target = target};
    request.accept = request.content_type = kArrowStream;
    GN_ASSIGN(request.body, arrow_body(rows, kRequestEntry, asked.dump()));
    return client_->call(request);
  }

  std::unique_ptr<HttpClient> client_;
};

}  // namespace

std::unique_ptr<StoreCalls> calls_of(Engine* engine) { return std::make_unique<LocalCalls>(engine); }

Result<std::unique_ptr<StoreCalls>> calls_over(const std::string& address, const ClientAccess& access) {
  GN_ASSIGN(auto client, HttpClient::connect(address, access));
  return std::unique_ptr<StoreCalls>(std::make_unique<RemoteCalls>(std::move(client)));
}

}  // namespace gnomon
