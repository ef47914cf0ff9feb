#include "registry/serve_settings.h"

#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

namespace gnomon {
namespace {

namespace fs = std::filesystem;
using Texts = google::protobuf::RepeatedPtrField<std::string>;

ReadValue strings(const YamlReader& reader, const std::function<void(std::vector<std::string>)>& set) {
  return [&reader, set](const YamlNode& node) {
    Texts texts;
    GN_TRY(reader.texts(&texts)(node));
    set({texts.begin(), texts.end()});
    return Status();
  };
}

ReadValue set_of(const YamlReader& reader, std::set<std::string>* out) {
  return strings(reader, [out](std::vector<std::string> texts) { out->insert(texts.begin(), texts.end()); });
}

// "${file:x}" → "x"; "${env:X}" → what the variable X holds.
Result<std::string> dereferenced(const YamlReader& reader, const YamlNode& node) {
  auto inside = [&](std::string_view before) -> std::string {
    if (!node.text.starts_with(before) || !node.text.ends_with('}')) return "";
    return node.text.substr(before.size(), node.text.size() - before.size() - 1);
  };
  if (std::string file = inside("${file:"); !file.empty()) return file;
  std::string variable = inside("${env:");
  if (variable.empty()) return node.text;
  const char* value = std::getenv(variable.c_str());
  if (value != nullptr) return std::string(value);
  return reader.error(node, fmt::format("the environment variable {} is not set", variable));
}

ReadValue path(const YamlReader& reader, const std::string& project_dir, std::string* out) {
  return [&reader, project_dir, out](const YamlNode& node) {
    GN_TRY(reader.text(out)(node));
    GN_ASSIGN(std::string named, dereferenced(reader, node));
    if (named.find("-----BEGIN") != std::string::npos) {
      return reader.error(node, "a key or certificate does not belong in this file", "Write the path of its PEM file");
    }
    bool is_url = named.find("://") != std::string::npos;
    *out = is_url ? named : (fs::path(project_dir) / named).lexically_normal().string();
    return Status();
  };
}

ReadValue open_routes(const YamlReader& reader, std::set<std::string>* out) {
  return [&reader, out](const YamlNode& node) {
    std::set<std::string> named;
    GN_TRY(set_of(reader, &named)(node));
    for (const std::string& name : named) {
      if (name != "metrics" && name != "openapi")
        return reader.error(node, fmt::format("\"{}\" cannot be open to everybody", name), "metrics and openapi can");
      out->insert(name == "metrics" ? "/metrics" : "/openapi.json");
    }
    return Status();
  };
}

ReadValue roles(const YamlReader& reader, std::map<std::string, RoleSettings>* out) {
  return [&reader, out](const YamlNode& node) {
    if (node.kind != YamlNode::Kind::kMap) return reader.error(node, "expected a map from names to roles");
    for (const YamlMember& member : node.members) {
      RoleSettings role;
      GN_TRY(reader.read_map(
          member.value, "a role",
          {{"allow", strings(reader, [&role](std::vector<std::string> texts) { role.allow = std::move(texts); })},
           {"views", set_of(reader, &role.views)},
           {"services", set_of(reader, &role.services)}}));
      (*out)[member.key] = std::move(role);
    }
    return Status();
  };
}

ReadValue certificates(const YamlReader& reader, std::vector<CertificateRule>* out) {
  return [&reader, out](const YamlNode& node) {
    return reader.read_list(node, "certificates", [&reader, out](const YamlNode& item) {
      CertificateRule rule;
      GN_TRY(reader.read_map(
          item, "a certificate",
          {{"subject", reader.text(&rule.subject)}, {"name", reader.text(&rule.name)}, {"role", reader.text(&rule.role)}}));
      if (rule.subject.empty() == rule.name.empty() || rule.role.empty()) {
        return reader.error(
            item, "a certificate needs a role, and a subject or a name",
            "{subject: \"CN=scorer,O=Acme\", role: reader}, or {name: \"DNS:scorer.acme.org\", role: reader}");
      }
      out->push_back(std::move(rule));
      return Status();
    });
  };
}

ReadValue oidc(const YamlReader& reader, const std::string& project_dir, std::optional<OidcSettings>* out) {
  return [&reader, project_dir, out](const YamlNode& node) {
    OidcSettings read;
    GN_TRY(reader.read_map(
        node, "oidc",
        {{"issuer", reader.text(&read.issuer)},
         {"audience", reader.text(&read.audience)},
         {"algorithms", strings(reader, [&read](std::vector<std::string> texts) { read.algorithms = std::move(texts); })},
         {"jwks", path(reader, project_dir, &read.jwks)},
         {"jwks_ca", path(reader, project_dir, &read.jwks_ca)},
         {"roles_claim", reader.text(&read.roles_claim)},
         {"leeway", reader.duration([&read](int64_t us) { read.leeway_us = us; })}}));
    if (read.issuer.empty() || read.audience.empty() || read.jwks.empty()) {
      return reader.error(node, "oidc needs an issuer, an audience and jwks",
                          "{issuer: https://id.acme.org, audience: gnomon, jwks: https://id.acme.org/jwks.json}");
    }
    *out = std::move(read);
    return Status();
  };
}

}  // namespace

ReadValue read_serve_settings(const YamlReader& reader, const std::string& project_dir, AccessSettings* out) {
  return [&reader, project_dir, out](const YamlNode& node) {
    auto tls = [&](const YamlNode& pem) {
      return reader.read_map(pem, "tls",
                             {{"cert", path(reader, project_dir, &out->tls.certificate)},
                              {"key", path(reader, project_dir, &out->tls.key)},
                              {"client_ca", path(reader, project_dir, &out->tls.client_ca)}});
    };
    return reader.read_map(node, "serve",
                           {{"tls", tls},
                            {"open", open_routes(reader, &out->open_routes)},
                            {"roles", roles(reader, &out->roles)},
                            {"certificates", certificates(reader, &out->certificates)},
                            {"oidc", oidc(reader, project_dir, &out->oidc)}});
  };
}

}  // namespace gnomon
