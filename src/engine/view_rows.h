// Rows of views: the history that training sets, materialization and checks read, wherever it comes from.
//
// After a `run` it is the published snapshot (Parquet with a Delta log). Before the first one it is computed on the fly from the
// sources, with the same checks. Rows pushed to a plain view's source always come on top.
// Thread-safety: pure functions over the project; one call at a time per project.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "data/row_history.h"
#include "engine/project.h"
#include "engine/source_rows.h"

namespace gnomon {

// One readable part with what identifies its content: the same id has the same rows.
struct HistoryPart {
  std::string id;    // "file data/x.parquet <hash>", "snapshot weather_now v3 <hash>", …
  std::string path;  // of the file, if it is one; empty else
  std::unique_ptr<RowHistory> rows;
};

// The id of a data file of one of the project's own tables: `log` is "pushed <source>", "online_only <view>" or "snapshot <view>".
std::string logged_part_id(const std::string& log, const std::string& path);

enum class PushedRows { kOffline, kOfflineAndOnlineOnly };

struct ViewHistory {
  std::vector<HistoryPart> parts;
  std::vector<const RowHistory*> histories() const;
};

// ERRORS: GN310 when a blocking check fails on rows read on the fly; what files and transforms return.
Result<ViewHistory> view_history(Engine::Impl& project, const ViewDefinition& definition, PushedRows pushed);

// What the view's sources hold now, whether or not a run has published it: files, or what its transform makes of them; no pushed rows.
Result<ViewHistory> source_history(Engine::Impl& project, const ViewDefinition& definition);

// A data file of the project's own tables by its part's id, whatever version it belongs to. None if it is not there, or for another id.
Result<std::optional<HistoryPart>> logged_part(Engine::Impl& project, const ViewDefinition& definition,
                                               const std::string& id);

// The rows of a view with a transform, computed from `inputs` (name -> table of its sources), unchecked.
using SourceTables = std::vector<std::pair<std::string, std::shared_ptr<arrow::Table>>>;
Result<std::shared_ptr<arrow::Table>> transform_rows(const Engine::Impl& project, const v1::FeatureView& view,
                                                     const SourceTables& inputs);

// The published snapshot of a view: which version of its offline table holds the last good run of this very definition.
Result<std::optional<OfflineSnapshot>> published_snapshot(Engine::Impl& project, const ViewDefinition& definition);
// The registry value that publishing sets: {"published/<view>", …}.
std::pair<std::string, std::string> publication(const ViewDefinition& definition, int64_t version);

}  // namespace gnomon
