// A plan as people read it.
#include <algorithm>

#include <fmt/format.h>

#include "gnomon/registry.h"

namespace gnomon {
namespace {

char sign_of(ChangeKind kind) {
  if (kind == ChangeKind::kAdd) return '+';
  return kind == ChangeKind::kChange ? '~' : '-';
}

std::string versions_of(const Change& change) {
  if (change.old_version == 0) return fmt::format("v{}", change.new_version);
  if (change.new_version == 0 || change.new_version == change.old_version) return fmt::format("v{}", change.old_version);
  return fmt::format("v{} -> v{}", change.old_version, change.new_version);
}

std::string impact_text(const Change& change) {
  if (change.impact == Impact::kNone) return "";
  const char* word = change.impact == Impact::kBreaking ? "BREAKING" : "DESTRUCTIVE";
  return change.impact_reason.empty() ? word : fmt::format("{} ({})", word, change.impact_reason);
}

int64_t count_of(const Plan& plan, ChangeKind kind) {
  return std::count_if(plan.changes.begin(), plan.changes.end(), [&](const Change& change) { return change.kind == kind; });
}

}  // namespace

std::string plan_to_text(const Plan& plan) {
  size_t kind_width = 0, name_width = 0, version_width = 0;
  for (const Change& change : plan.changes) {
    kind_width = std::max(kind_width, change.object_kind.size());
    name_width = std::max(name_width, change.name.size());
    version_width = std::max(version_width, versions_of(change).size());
  }
  std::string text;
  for (const Change& change : plan.changes) {
    std::string line = fmt::format("{} {:<{}}  {:<{}}  {:<{}}   {}", sign_of(change.kind), change.object_kind, kind_width,
                                   change.name, name_width, versions_of(change), version_width, impact_text(change));
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    for (const std::string& detail : change.details) text += "    " + detail + "\n";
    for (const PlanSection& section : change.sections) text += fmt::format("    {}: {}\n", section.name, section.text);
    if (!change.used_by.empty()) text += fmt::format("    used by: {}\n", fmt::join(change.used_by, ", "));
  }
  for (const std::string& warning : plan.warnings) text += "! " + warning + "\n";
  if (plan.changes.empty())
    return text + fmt::format("No changes: the project is applied (revision {}).\n", plan.base_revision);
  return text + fmt::format("Plan: {} to add, {} to change, {} to remove.\n", count_of(plan, ChangeKind::kAdd),
                            count_of(plan, ChangeKind::kChange), count_of(plan, ChangeKind::kRemove));
}

}  // namespace gnomon
