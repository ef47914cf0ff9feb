#include "serve/openapi.h"

#include <nlohmann/json.hpp>

#include "gnomon/version.h"
#include "serve/arrow_body.h"

namespace gnomon {
namespace {

using nlohmann::ordered_json;

ordered_json reference(std::string_view schema) { return {{"$ref", "#/components/schemas/" + std::string(schema)}}; }

ordered_json content(std::string_view type, const ordered_json& schema) {
  return {{std::string(type), {{"schema", schema}}}};
}

ordered_json binary() { return {{"type", "string"}, {"format", "binary"}}; }

ordered_json body_of(const Route& route) {
  ordered_json body = {{"required", true}, {"content", content("application/json", reference(route.body))}};
  if (route.arrow_body) body["content"][std::string(kArrowStream)] = {{"schema", binary()}};
  return body;
}

ordered_json answer_of(const Route& route) {
  ordered_json answer = {{"description", "Done"}};
  if (!route.reply.empty()) answer["content"] = content(route.reply_type, reference(route.reply));
  if (route.reply.empty() && route.reply_type != "application/json")
    answer["content"] = content(route.reply_type, {{"type", "string"}});
  if (route.arrow_reply) answer["content"][std::string(kArrowStream)] = {{"schema", binary()}};
  return answer;
}

// Every error has one shape on a route; the status is that of its code.
ordered_json errors_of(const Route& route) {
  const char* schema = route.errors == ErrorForm::kFeast ? "FeastError" : "Error";
  ordered_json answers = ordered_json::object();
  std::vector<std::pair<int, const char*>> errors = {{400, "The request is wrong"},
                                                     {401, "Who calls is not known, or not any more"},
                                                     {403, "The caller may not do this; or a page from elsewhere calls"},
                                                     {404, "Something it names does not exist"},
                                                     {409, "Somebody else was faster"},
                                                     {412, "The project is not in the state that the call needs"},
                                                     {413, "The body is larger than 16 MiB"},
                                                     {429, "A limit is reached: back off"},
                                                     {431, "The header is larger than 16 KiB"},
                                                     {500, "Stored data is damaged or missing"},
                                                     {501, "A part that does not exist yet"},
                                                     {503, "Overloaded, or a passing condition: call again"},
                                                     {504, "Not done within timeout_ms"}};
  if (route.not_found_status != 404) errors.push_back({route.not_found_status, "Something it names does not exist"});
  for (auto [status, meaning] : errors) {
    answers[std::to_string(status)] = {{"description", meaning},
                                       {"content", content("application/json", reference(schema))}};
  }
  return answers;
}

// "/v1/push/{source}" → "post_v1_push_source".
std::string operation_id(const Route& route) {
  std::string id;
  for (char c : route.method) id.push_back(static_cast<char>(std::tolower(c)));
  for (char c : route.path) {
    bool letter = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (letter) id.push_back(c);
    if (!letter && id.back() != '_') id.push_back('_');
  }
  while (id.back() == '_') id.pop_back();
  return id;
}

ordered_json parameters_of(const Route& route) {
  ordered_json parameters = ordered_json::array();
  size_t brace = route.path.find('{');
  if (brace != std::string_view::npos) {
    std::string name(route.path.substr(brace + 1, route.path.find('}') - brace - 1));
    parameters.push_back({{"name", name},
                          {"in", "path"},
                          {"required", true},
                          {"schema", {{"type", "string"}, {"minLength", 1}, {"pattern", "^[A-Za-z0-9_]+$"}}}});
  }
  for (const QueryParameter& query : route.query) {
    parameters.push_back({{"name", query.name},
                          {"in", "query"},
                          {"required", false},
                          {"description", query.description},
                          {"schema", ordered_json::parse(query.schema)}});
  }
  return parameters;
}

ordered_json operation(const Route& route) {
  ordered_json described = {{"operationId", operation_id(route)},
                            {"summary", route.summary},
                            {"tags", {route.errors == ErrorForm::kFeast ? "feast" : "gnomon"}},
                            {"x-action", action_name(route.action)}};
  if (route.otherwise != Action::kNone) described["x-action-otherwise"] = action_name(route.otherwise);
  if (ordered_json parameters = parameters_of(route); !parameters.empty()) described["parameters"] = parameters;
  if (!route.body.empty()) described["requestBody"] = body_of(route);
  described["responses"] = {{"200", answer_of(route)}};
  described["responses"].update(errors_of(route));
  return described;
}

}  // namespace

std::string openapi_json(const std::vector<Route>& routes) {
  ordered_json paths = ordered_json::object();
  for (const Route& route : routes) {
    std::string method;
    for (char c : route.method) method.push_back(static_cast<char>(std::tolower(c)));
    paths[std::string(route.path)][method] = operation(route);
  }
  ordered_json document = {
      {"openapi", "3.1.0"},
      {"info",
       {{"title", "Gnomon"},
        {"version", kVersion},
        {"description", "Features, online and as of any instant. Paths without /v1 are those of Feast's feature server."}}},
      {"paths", paths},
      {"components", {{"schemas", ordered_json::parse(openapi_schemas_json())}}}};
  return document.dump();
}

}  // namespace gnomon
