// verify: logged answers → what each had been read from → the training path over exactly that → bit by bit.
#include <algorithm>
#include <set>

#include <arrow/api.h>

#include "data/arrow_status.h"
#include "engine/load_log.h"
#include "engine/project.h"
#include "engine/served_file.h"
#include "engine/served_log.h"
#include "engine/training_rows.h"
#include "engine/verify_answers.h"

namespace gnomon {
namespace {

// Files are taken together up to so many rows: each view's history is read once for all of them.
constexpr size_t kRowsAtOnce = 250'000;

// The rows of answers that were asked for.
Result<ServedRows> wanted_rows(ServedRows served, const VerifyRequest& request) {
  const TimeUs since = request.since.value_or(std::numeric_limits<TimeUs>::min());
  const TimeUs until = request.until.value_or(std::numeric_limits<TimeUs>::max());
  auto is_wanted = [&](TimeUs served_at) { return served_at >= since && served_at < until; };
  if (std::all_of(served.served_at.begin(), served.served_at.end(), is_wanted)) return served;
  std::vector<size_t> rows;
  for (size_t row = 0; row < served.t.size(); ++row) {
    if (is_wanted(served.served_at[row])) rows.push_back(row);
  }
  return rows_of(served, rows);
}

// The online store for looking at what it knows; beside the process that owns it, as it is now.
class StoreAccess {
 public:
  static Result<StoreAccess> open(Engine::Impl& project) {
    StoreAccess access;
    Result<OnlineStore*> own = project.online_for_reading();
    if (own.ok()) {
      access.store_ = *own;
      return access;
    }
    if (own.status().info().id != "GN510") return own.status();
    GN_ASSIGN(access.beside_, project.open_online_store(OpenMode::kReadOnly));
    access.store_ = access.beside_.get();
    return access;
  }
  OnlineStore& operator*() { return *store_; }

 private:
  std::unique_ptr<OnlineStore> beside_;
  OnlineStore* store_ = nullptr;
};

class Verification {
 public:
  Verification(Engine::Impl& project, const Definitions& definitions) : project_(project), definitions_(definitions) {}

  Status begin() {
    GN_ASSIGN(StoreAccess access, StoreAccess::open(project_));
    OnlineStore& store = *access;
    GN_ASSIGN(Registry * registry, project_.registry());
    GN_ASSIGN(memory_.store, load_log_store(store));
    for (const auto& [name, definition] : definitions_.views()) {
      const std::string log = load_log_name(definition);
      GN_ASSIGN(memory_.logs[log], read_load_log(store, log));
      GN_ASSIGN(std::optional<std::string> forgotten, registry->get_value("forgotten/" + name));
      if (forgotten.has_value()) memory_.forgotten[name] = std::stoull(*forgotten);
    }
    return Status();
  }

  Status add(ServedRows served) {
    std::set<int64_t> answers(served.answer.begin(), served.answer.end());
    report_.answers += static_cast<int64_t>(answers.size());
    report_.rows += static_cast<int64_t>(served.t.size());
    rows_ += served.t.size();
    files_.push_back(std::move(served));
    return rows_ < kRowsAtOnce ? Status() : compare();
  }

  Result<VerifyReport> finish() {
    GN_TRY(compare());
    for (auto& [name, feature] : features_) report_.features.push_back(std::move(feature));
    report_.gone.assign(gone_.begin(), gone_.end());
    return std::move(report_);
  }

 private:
  Status compare() {
    std::vector<AnswerCheck> checks;
    std::map<const ViewDefinition*, std::vector<size_t>> files_of;  // by view: the files that read it
    for (size_t file = 0; file < files_.size(); ++file) {
      checks.emplace_back(project_, definitions_, memory_, files_[file]).prepare(&gone_);
      for (const auto& [view, unused] : checks.back().asked().stored) files_of[view].push_back(file);
    }
    SeenViews seen;
    for (const auto& [view, files] : files_of) {
      project_.report("verify: reading " + view->view.name(), 0, 0);
      GN_ASSIGN(arrow::ArrayVector keys, keys_of(*view, files));
      GN_ASSIGN(seen[view], SeenRows::read(project_, *view, memory_.logs.at(load_log_name(*view)), keys));
    }
    for (size_t file = 0; file < checks.size(); ++file) {
      project_.report("verify", static_cast<int64_t>(file), static_cast<int64_t>(checks.size()));
      GN_TRY(checks[file].compare(seen, &features_));
    }
    files_.clear();
    rows_ = 0;
    return Status();
  }

  Result<arrow::ArrayVector> keys_of(const ViewDefinition& definition, const std::vector<size_t>& files) const {
    std::vector<arrow::ArrayVector> pieces(static_cast<size_t>(definition.keys->num_fields()));
    for (const size_t file : files) {
      GN_ASSIGN(arrow::ArrayVector keys, entity_keys(*files_[file].rows, definition));
      for (size_t key = 0; key < keys.size(); ++key) pieces[key].push_back(keys[key]);
    }
    arrow::ArrayVector whole;
    for (const arrow::ArrayVector& piece : pieces) {
      GN_ARROW_ASSIGN(whole.emplace_back(), "reading answers", arrow::Concatenate(piece));
    }
    return whole;
  }

  Engine::Impl& project_;
  const Definitions& definitions_;
  StoreMemory memory_;
  std::vector<ServedRows> files_;
  size_t rows_ = 0;
  VerifiedFeatures features_;
  std::set<std::string> gone_;
  VerifyReport report_;
};

}  // namespace

bool VerifyReport::all_match() const {
  return std::all_of(features.begin(), features.end(),
                     [](const VerifiedFeature& feature) { return feature.matched == feature.compared; });
}

Result<VerifyReport> Engine::verify(const VerifyRequest& request) {
  if (impl_->served_log != nullptr) GN_TRY(impl_->served_log->flush());
  GN_ASSIGN(auto definitions, impl_->definitions());
  Verification verification(*impl_, *definitions);
  // The files first: of a write that comes in between, the store's log then tells more than is asked, and never less.
  const std::vector<std::string> files = served_files(impl_->served_dir());
  GN_TRY(verification.begin());
  for (const std::string& path : files) {
    GN_ASSIGN(ServedRows served, read_served_file(path));
    if (!request.feature_service.empty() && served.service != request.feature_service) continue;
    GN_ASSIGN(served, wanted_rows(std::move(served), request));
    if (!served.t.empty()) GN_TRY(verification.add(std::move(served)));
  }
  return verification.finish();
}

Status Engine::flush_served_log() { return impl_->served_log == nullptr ? Status() : impl_->served_log->flush(); }

ServedLogCounters Engine::served_log_counters() const {
  return impl_->served_log == nullptr ? ServedLogCounters() : impl_->served_log->counters();
}

}  // namespace gnomon
