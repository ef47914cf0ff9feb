// /v1/features, /v1/explain, /v1/training-set and /v1/verify: values, online and as of each row's time, and whether they agree.
#include <arrow/api.h>

#include "data/arrow_status.h"
#include "engine/answer_table.h"
#include "engine/report_json.h"
#include "serve/arrow_body.h"
#include "serve/features_answer.h"
#include "serve/metrics.h"
#include "serve/request_body.h"
#include "serve/route_table.h"
#include "serve/rows_request.h"

namespace gnomon {
namespace {

Result<HttpReply> arrow_reply(const arrow::Table& table, const std::string& entry) {
  HttpReply reply{.content_type = std::string(kArrowStream)};
  GN_ASSIGN(reply.body, arrow_body(table, kAnswerEntry, entry));
  return reply;
}

// Entities hold join keys, and beside them what the request says itself.
RuleOfColumn keys_or_request_columns(const RouteContext& context) {
  return [&context](const std::string& name) {
    return context.engine->is_request_column(name) ? ColumnRule::kValues : ColumnRule::kKeys;
  };
}

Result<Prepared> features(const RouteContext& context, const HttpRequest& request, const RequestTarget&) {
  GN_ASSIGN(RowsRequest read,
            read_rows_request(request, "entities", keys_or_request_columns(context),
                              {"features", "feature_service", "full_feature_names", "as_of", "timeout_ms"}));
  OnlineRequest asked;
  GN_ASSIGN(asked.features, read.members.features());
  GN_ARROW_ASSIGN(asked.entity_rows, "reading entities", read.rows->CombineChunksToBatch());
  if (read.members.find("as_of") != nullptr) {
    GN_ASSIGN(asked.as_of, read.members.time("as_of"));
  }
  GN_ASSIGN(TimeLimit limit, read.members.time_limit());
  bool as_arrow = names_arrow_stream(request.accept);
  Touched touched = Touched::by(asked.features);
  auto work = [&context, asked = std::move(asked), as_arrow]() -> Result<HttpReply> {
    GN_ASSIGN(OnlineAnswer answer, context.get_online_features(asked));
    if (!as_arrow) return HttpReply{.body = features_answer_json(answer)};
    GN_ASSIGN(auto table, answer_table(answer));
    return arrow_reply(*table, answer_header_json(answer));
  };
  return Prepared{std::move(work), limit, std::move(touched)};
}

Result<Prepared> explain(const RouteContext& context, const HttpRequest& request, const RequestTarget&) {
  GN_ASSIGN(RowsRequest read,
            read_rows_request(request, "entities", keys_or_request_columns(context), {"feature", "as_of"}));
  GN_ASSIGN(std::string feature, read.members.text("feature"));
  std::optional<TimeUs> as_of;
  if (read.members.find("as_of") != nullptr) {
    GN_ASSIGN(as_of, read.members.time("as_of"));
  }
  if (read.rows->num_rows() != 1) return bad_member("\"entities\" does not hold one entity", "Explain one value at a time");
  GN_ARROW_ASSIGN(auto row, "reading entities", read.rows->CombineChunksToBatch());
  auto work = [&context, feature, row, as_of]() -> Result<HttpReply> {
    GN_ASSIGN(std::string explanation, context.engine->explain_json(feature, row, as_of));
    return HttpReply{.body = std::move(explanation)};
  };
  return Prepared{std::move(work), {}, Touched::by({.features = {feature}})};
}

Result<Prepared> training_set(const RouteContext& context, const HttpRequest& request, const RequestTarget&) {
  GN_ASSIGN(RowsRequest read, read_rows_request(request, "entity_df", all_values,
                                                {"features", "feature_service", "full_feature_names", "timestamp_column",
                                                 "history", "strict"}));
  HistoricalRequest asked;
  GN_ASSIGN(asked.features, read.members.features());
  GN_ASSIGN(asked.timestamp_column, read.members.text_or("timestamp_column", asked.timestamp_column));
  GN_ASSIGN(std::string history, read.members.text_or("history", "as_known"));
  if (history != "as_known" && history != "ideal")
    return bad_member("\"history\" is \"" + history + "\"", "It is as_known or ideal");
  if (history == "ideal") asked.history = History::kIdeal;
  GN_ASSIGN(asked.strict, read.members.flag("strict"));
  asked.entity_rows = read.rows;  // rows only: text would be a path or SQL on the server's machine
  bool as_arrow = names_arrow_stream(request.accept);
  Touched touched = Touched::by(asked.features);
  auto work = [&context, asked = std::move(asked), as_arrow]() -> Result<HttpReply> {
    GN_ASSIGN(TrainingSet set, context.reader->get_historical_features(asked));
    if (as_arrow) return arrow_reply(*set.table, set.manifest_json);
    return HttpReply{.body = training_set_json(*set.table, set.manifest_json)};
  };
  return Prepared{std::move(work), {}, std::move(touched)};
}

Result<Prepared> verify(const RouteContext& context, const HttpRequest& request, const RequestTarget&) {
  GN_ASSIGN(auto body, RequestBody::parse(request.body, {"feature_service", "since", "until"}));
  VerifyRequest asked;
  GN_ASSIGN(asked.feature_service, body.text_or("feature_service", ""));
  if (body.find("since") != nullptr) {
    GN_ASSIGN(asked.since, body.time("since"));
  }
  if (body.find("until") != nullptr) {
    GN_ASSIGN(asked.until, body.time("until"));
  }
  auto work = [&context, asked = std::move(asked)]() -> Result<HttpReply> {
    GN_TRY(context.engine->flush_served_log());
    GN_ASSIGN(VerifyReport report, context.reader->verify(asked));
    return HttpReply{.body = to_json(report)};
  };
  // Answers of earlier definitions are among those that are compared: no list of views says which.
  return Prepared{std::move(work), {}, Touched::everything()};
}

}  // namespace

std::vector<Route> feature_routes() {
  Route online{.method = "POST", .path = "/v1/features", .action = Action::kReadOnline};
  online.prepare = features;
  online.summary = "Online features with status, event time and age of each value";
  online.body = "FeaturesRequest";
  online.reply = "FeaturesAnswer";
  online.arrow_body = online.arrow_reply = true;

  Route why{.method = "POST", .path = "/v1/explain", .action = Action::kReadOnline, .lane = Lane::kWrite};
  why.prepare = explain;
  why.summary = "The tiles and events that make an aggregated value";
  why.body = "ExplainRequest";
  why.reply = "Document";
  why.arrow_body = true;

  Route train{.method = "POST", .path = "/v1/training-set", .action = Action::kReadOffline, .lane = Lane::kRead};
  train.prepare = training_set;
  train.summary = "Features of each row as of its time, with the manifest that repeats them";
  train.body = "TrainingSetRequest";
  train.reply = "TrainingSetAnswer";
  train.arrow_body = train.arrow_reply = true;

  Route check{.method = "POST", .path = "/v1/verify", .action = Action::kReadOffline, .lane = Lane::kRead};
  check.prepare = verify;
  check.summary = "Logged answers against what training makes of what they were read from, bit by bit";
  check.body = "VerifyRequest";
  check.reply = "VerifyReport";
  return {online, why, train, check};
}

}  // namespace gnomon
