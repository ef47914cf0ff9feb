// compact: what no read can reach any more leaves the online store.
#include <fmt/format.h>

#include "base/time_text.h"
#include "engine/materialize_view.h"
#include "engine/online_views.h"
#include "engine/window_state.h"
#include "stores/version_record.h"

namespace gnomon {
namespace {

constexpr int64_t kEveryVersion = -1;  // as_of_retention "all"

}  // namespace

Result<CompactReport> Engine::compact(std::optional<TimeUs> as_of, const std::vector<std::string>& views) {
  const TimeUs now = impl_->env->now_us();
  if (as_of.has_value() && *as_of > now) {
    return Status(Code::kInvalidArgument, "GN404",
                  fmt::format("as_of {} is in the future (now {})", format_time(*as_of), format_time(now)),
                  "Reads at or after as_of stay exact: give now at most");
  }
  CompactReport report;
  GN_ASSIGN(Run run, for_online_views(*impl_, {"compact", "compact", views},
                                      [&](const ViewDefinition& definition, RunStep* step) -> Status {
                                        const int64_t retention = definition.view.as_of_retention_us();
                                        CompactedView one{.view = definition.view.name()};
                                        if (as_of.has_value() || retention != kEveryVersion) {
                                          one.as_of = as_of.value_or(subtract_times(now, retention));
                                          GN_ASSIGN(OnlineStore * store, impl_->online());
                                          const OnlineWrite write(*impl_);
                                          GN_ASSIGN(one.removed, definition.aggregated != nullptr
                                                                     ? compact_windows(*store, definition, *one.as_of)
                                                                     : compact_rows(*store, definition, *one.as_of));
                                        }
                                        step->rows_out = one.removed;
                                        report.views.push_back(std::move(one));
                                        return Status();
                                      }));
  report.run_id = run.id;
  for (size_t i = 0; i < run.steps.size(); ++i) report.views[i].seconds = run.steps[i].seconds;
  return report;
}

}  // namespace gnomon
