#include "registry/manifest_json.h"

#include <set>
#include <vector>

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "gnomon/registry.h"

namespace gnomon {
namespace {

using nlohmann::json;

constexpr int kMaxJsonDepth = 64;  // a manifest needs about ten; both parsers recurse
constexpr uint32_t kFormatVersion = 1;

Status bad_json(const std::string& why) {
  return Status(Code::kInvalidArgument, "GN122", "not a manifest: " + why,
                "Manifests are written by Gnomon's SDK; see proto/gnomon/v1/manifest.proto for the fields");
}

// Watches a parse for what JSON libraries let pass: deep nesting and keys given twice.
class StrictParse {
 public:
  bool operator()(int depth, json::parse_event_t event, json& parsed) {
    if (depth > kMaxJsonDepth) return fail(fmt::format("nested deeper than {} levels", kMaxJsonDepth));
    if (event == json::parse_event_t::object_start) open_objects_.emplace_back();
    if (event == json::parse_event_t::object_end && !open_objects_.empty()) open_objects_.pop_back();
    if (event == json::parse_event_t::key && !open_objects_.empty()) {
      std::string key = parsed.get<std::string>();
      if (!open_objects_.back().insert(key).second) return fail(fmt::format("key given twice: \"{}\"", key));
    }
    return true;
  }
  const std::string& problem() const { return problem_; }

 private:
  bool fail(const std::string& why) {
    if (problem_.empty()) problem_ = why;
    return false;
  }

  std::vector<std::set<std::string>> open_objects_;
  std::string problem_;
};

}  // namespace

std::string message_to_json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  GN_ASSERT(google::protobuf::util::MessageToJsonString(message, &text, options).ok());
  // nlohmann keeps objects in a std::map: parsing and printing sorts the keys.
  return json::parse(text, nullptr, /*allow_exceptions=*/false).dump(-1, ' ', false, json::error_handler_t::replace);
}

Status message_from_json(const std::string& text, google::protobuf::Message* message) {
  // protobuf's own parser accepts single quotes and bare keys, so a strict one reads first.
  StrictParse strict;
  json parsed = json::parse(text, std::ref(strict), /*allow_exceptions=*/false);
  if (!strict.problem().empty()) return bad_json(strict.problem());
  if (parsed.is_discarded()) return bad_json("the text is not valid JSON");
  if (!parsed.is_object()) return bad_json("expected an object");
  message->Clear();
  auto status = google::protobuf::util::JsonStringToMessage(parsed.dump(), message);
  if (!status.ok()) return bad_json(status.message().ToString());
  return Status();
}

Result<v1::Manifest> manifest_from_json(const std::string& text) {
  v1::Manifest manifest;
  GN_TRY(message_from_json(text, &manifest));
  if (manifest.format_version() == 0) manifest.set_format_version(kFormatVersion);
  if (manifest.format_version() != kFormatVersion) {
    return Status(Code::kFailedPrecondition, "GN122",
                  fmt::format("manifest format {}, this program knows {}", manifest.format_version(), kFormatVersion),
                  "Upgrade Gnomon, or write the manifest with the SDK of the same version");
  }
  return manifest;
}

std::string manifest_to_json(const v1::Manifest& manifest) { return message_to_json(manifest); }

}  // namespace gnomon
