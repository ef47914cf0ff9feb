// A plan as programs read it: the same facts as plan_to_text.
#include <nlohmann/json.hpp>

#include "gnomon/registry.h"

namespace gnomon {
namespace {

using nlohmann::json;

const char* kind_word(ChangeKind kind) {
  if (kind == ChangeKind::kAdd) return "add";
  return kind == ChangeKind::kChange ? "change" : "remove";
}

const char* impact_word(Impact impact) {
  if (impact == Impact::kNone) return "none";
  return impact == Impact::kBreaking ? "breaking" : "destructive";
}

}  // namespace

std::string plan_to_json(const Plan& plan) {
  json changes = json::array();
  json summary = {{"add", 0}, {"change", 0}, {"remove", 0}};
  for (const Change& change : plan.changes) {
    summary[kind_word(change.kind)] = summary[kind_word(change.kind)].get<int64_t>() + 1;
    changes.push_back({{"change", kind_word(change.kind)},
                       {"kind", change.object_kind},
                       {"name", change.name},
                       {"old_version", change.old_version},
                       {"new_version", change.new_version},
                       {"impact", impact_word(change.impact)},
                       {"impact_reason", change.impact_reason},
                       {"details", change.details},
                       {"used_by", change.used_by}});
    for (const PlanSection& section : change.sections)
      changes.back()["sections"][section.name] = json::parse(section.json, nullptr, /*allow_exceptions=*/false);
  }
  json document = {{"base_revision", plan.base_revision}, {"changes", std::move(changes)},
                   {"destructive", plan.destructive()},   {"project", plan.target.project()},
                   {"summary", std::move(summary)},       {"warnings", plan.warnings}};
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace gnomon
