// gnomon._gnomon: the engine for Python. Translates arguments and answers; the contract is docs/internals/python-binding.md.
// Arrow data cross by the Arrow PyCapsule interface; results are handed to pyarrow through the C data interface.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <arrow/api.h>
#include <arrow/c/bridge.h>
#include <nlohmann/json.hpp>

#include "data/arrow_status.h"
#include "engine/answer_table.h"
#include "engine/engine.h"
#include "engine/report_json.h"
#include "gnomon/expression.h"

namespace nb = nanobind;

namespace gnomon {
namespace {

// The exception class of an error's code, from gnomon.errors, with everything the Status knows.
[[noreturn]] void raise(const Status& status) {
  const ErrorInfo& info = status.info();
  nb::object type = nb::module_::import_("gnomon.errors").attr(code_name(info.code));
  nb::dict fields;
  fields["code"] = code_name(info.code);
  fields["id"] = info.id;
  fields["where"] = info.where;
  fields["hint"] = info.hint;
  nb::object error = type(info.message, **fields);
  PyErr_SetObject(type.ptr(), error.ptr());
  throw nb::python_error();
}

void check(const Status& status) {
  if (!status.ok()) raise(status);
}

template <class T>
T value_of(Result<T> result) {
  check(result.status());
  return std::move(result.value());
}

// Runs engine work without the GIL and unwraps what it returns.
template <class Work>
auto unlocked(Work&& work) {
  auto result = [&] {
    nb::gil_scoped_release release;
    return work();
  }();
  return value_of(std::move(result));
}

std::shared_ptr<arrow::Table> table_from(nb::handle rows) {
  if (!nb::hasattr(rows, "__arrow_c_stream__")) {
    raise(Status(Code::kInvalidArgument, "GN222", "rows must be Arrow data (an object with __arrow_c_stream__)",
                 "Pass a pandas or polars frame or a pyarrow table"));
  }
  nb::object capsule = rows.attr("__arrow_c_stream__")();
  auto* stream = static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(capsule.ptr(), "arrow_array_stream"));
  if (stream == nullptr) throw nb::python_error();
  auto reader = arrow::ImportRecordBatchReader(stream);
  check(from_arrow(reader.status(), "reading Arrow data"));
  auto table = (*reader)->ToTable();
  check(from_arrow(table.status(), "reading Arrow data"));
  return *table;
}

nb::object to_pyarrow(const std::shared_ptr<arrow::Table>& table) {
  ArrowArrayStream stream;
  auto reader = std::make_shared<arrow::TableBatchReader>(table);
  check(from_arrow(arrow::ExportRecordBatchReader(reader, &stream), "handing over Arrow data"));
  nb::object readers = nb::module_::import_("pyarrow").attr("RecordBatchReader");
  return readers.attr("_import_from_c")(reinterpret_cast<uintptr_t>(&stream)).attr("read_all")();
}

FeatureRequest request_of(std::vector<std::string> features, std::string service, bool full_feature_names) {
  return {std::move(features), std::move(service), full_feature_names};
}

class PyEngine {
 public:
  PyEngine(const std::string& project_dir, const std::string& python, bool read_only, std::optional<double> served_sample,
           nb::object progress) {
    EngineOptions options;
    options.project_dir = project_dir;
    options.python = python;
    options.mode = read_only ? OpenMode::kReadOnly : OpenMode::kOwn;
    if (served_sample.has_value()) options.served_log = ServedLogOptions{.sample = *served_sample};
    if (!progress.is_none()) {
      // shared: the callback must be released with the GIL held, which close() and the destructor see to.
      progress_ = std::move(progress);
      options.progress = [this](const Progress& now) {
        nb::gil_scoped_acquire acquire;
        progress_(now.what, now.done, now.total);
      };
    }
    engine_ = unlocked([&] { return Engine::open(std::move(options)); });
  }

  nb::tuple plan(const std::optional<std::string>& manifest) {
    Plan plan = make_plan(manifest);
    return nb::make_tuple(plan_to_text(plan), plan_to_json(plan));
  }

  std::string apply(const std::optional<std::string>& manifest, bool allow_destructive) {
    Plan plan = make_plan(manifest);
    int64_t revision = unlocked([&] { return open().apply(plan, allow_destructive); });
    auto answer = nlohmann::ordered_json::parse(plan_to_json(plan));
    answer["revision"] = revision;
    return answer.dump();
  }

  std::string manifest() {
    return manifest_to_json(unlocked([&] { return open().manifest(); }));
  }

  nb::tuple get_historical_features(nb::handle entity_rows, std::vector<std::string> features, std::string service,
                                    bool full_feature_names, const std::string& timestamp_column, const std::string& history,
                                    int threads, bool strict) {
    HistoricalRequest request;
    if (nb::isinstance<nb::str>(entity_rows)) {
      request.entity_rows = nb::cast<std::string>(entity_rows);
    } else {
      request.entity_rows = table_from(entity_rows);
    }
    request.features = request_of(std::move(features), std::move(service), full_feature_names);
    request.timestamp_column = timestamp_column;
    request.history = history == "ideal" ? History::kIdeal : History::kAsKnown;
    request.threads = threads;
    request.strict = strict;
    TrainingSet set = unlocked([&] { return open().get_historical_features(request); });
    return nb::make_tuple(to_pyarrow(set.table), set.manifest_json);
  }

  nb::tuple get_online_features(nb::handle entity_rows, std::vector<std::string> features, std::string service,
                                bool full_feature_names, std::optional<int64_t> as_of) {
    OnlineRequest request;
    auto batch = table_from(entity_rows)->CombineChunksToBatch();
    check(from_arrow(batch.status(), "reading entity rows"));
    request.entity_rows = *batch;
    request.features = request_of(std::move(features), std::move(service), full_feature_names);
    request.as_of = as_of;
    OnlineAnswer answer = unlocked([&] { return open().get_online_features(request); });
    return nb::make_tuple(to_pyarrow(value_of(answer_table(answer))), answer_header_json(answer));
  }

  std::string materialize(int64_t start, int64_t end, const std::vector<std::string>& views) {
    return to_json(unlocked([&] { return open().materialize(start, end, views); }));
  }
  std::string materialize_incremental(int64_t end, const std::vector<std::string>& views) {
    return to_json(unlocked([&] { return open().materialize_incremental(end, views); }));
  }
  std::string compact(std::optional<int64_t> as_of, const std::vector<std::string>& views) {
    return to_json(unlocked([&] { return open().compact(as_of, views); }));
  }
  std::string run(const std::vector<std::string>& views) {
    return to_json(unlocked([&] { return open().run(views); }));
  }
  std::string validate(const std::vector<std::string>& names) {
    return to_json(unlocked([&] { return open().validate(names); }));
  }
  std::string push(const std::string& source, nb::handle rows, const std::string& to) {
    auto table = table_from(rows);
    PushTo target = to == "online" ? PushTo::kOnline : to == "offline" ? PushTo::kOffline : PushTo::kOnlineAndOffline;
    return to_json(unlocked([&] { return open().push(source, *table, target); }));
  }
  std::string write_to_online_store(const std::string& view, nb::handle rows) {
    auto table = table_from(rows);
    return to_json(unlocked([&] { return open().write_to_online_store(view, *table); }));
  }
  std::string verify(const std::string& service, std::optional<int64_t> since, std::optional<int64_t> until) {
    return to_json(unlocked([&] { return open().verify({service, since, until}); }));
  }
  nb::object quarantine(const std::string& name) {
    return to_pyarrow(unlocked([&] { return open().quarantine(name); }));
  }
  std::string runs(int limit) {
    return to_json(unlocked([&] { return open().runs(limit); }));
  }
  std::string list(const std::string& what) {
    return unlocked([&] { return open().list_json(what); });
  }
  std::string describe(const std::string& name) {
    return unlocked([&] { return open().describe_json(name); });
  }
  void open_online_store() {
    Status opened = [&] {
      nb::gil_scoped_release release;
      return open().open_online_store();
    }();
    check(opened);
  }
  void close() {
    nb::gil_scoped_release release;  // what is waiting is written first
    engine_.reset();
  }

 private:
  Engine& open() {
    GN_ASSERT(engine_ != nullptr);
    return *engine_;
  }

  Plan make_plan(const std::optional<std::string>& manifest) {
    if (engine_ == nullptr)
      raise(Status(Code::kFailedPrecondition, "GN162", "the store is closed", "Open a new FeatureStore"));
    return unlocked([&]() -> Result<Plan> {
      if (!manifest.has_value()) return engine_->plan(std::nullopt);
      GN_ASSIGN(v1::Manifest given, manifest_from_json(*manifest));
      return engine_->plan(given);
    });
  }

  nb::object progress_;
  std::unique_ptr<Engine> engine_;
};

// One expression over the rows of a table, with the functions' example sets to look up in.
nb::object evaluate_expression(const std::string& text, nb::handle rows) {
  auto table = table_from(rows);
  auto values = unlocked([&]() -> Result<std::shared_ptr<arrow::Table>> {
    GN_ASSIGN(Expression expression, parse_expression(text));
    GN_ASSIGN(TypedExpression bound, gnomon::bind(expression, *table->schema(), example_lookup_sets()));
    GN_ARROW_ASSIGN(auto batch, "evaluating", table->CombineChunksToBatch());
    GN_ASSIGN(auto column, evaluate(bound, *batch));
    return arrow::Table::Make(arrow::schema({arrow::field("value", column->type())}), {column});
  });
  return to_pyarrow(values);
}

std::string canonical_expression(const std::string& text) { return value_of(parse_expression(text)).to_string(); }

}  // namespace
}  // namespace gnomon

NB_MODULE(_gnomon, m) {
  using gnomon::PyEngine;
  m.doc() = "The Gnomon engine; use gnomon.FeatureStore.";
  m.def("functions_json", &gnomon::functions_json);
  m.def("evaluate_expression", &gnomon::evaluate_expression, nb::arg("text"), nb::arg("rows"));
  m.def("canonical_expression", &gnomon::canonical_expression, nb::arg("text"));
  nb::class_<PyEngine>(m, "Engine")
      .def(nb::init<const std::string&, const std::string&, bool, std::optional<double>, nb::object>(),
           nb::arg("project_dir"), nb::arg("python"), nb::arg("read_only"), nb::arg("served_sample").none(),
           nb::arg("progress").none())
      .def("plan", &PyEngine::plan, nb::arg("manifest_json").none())
      .def("apply", &PyEngine::apply, nb::arg("manifest_json").none(), nb::arg("allow_destructive"))
      .def("manifest", &PyEngine::manifest)
      .def("get_historical_features", &PyEngine::get_historical_features, nb::arg("entity_rows"), nb::arg("features"),
           nb::arg("feature_service"), nb::arg("full_feature_names"), nb::arg("timestamp_column"), nb::arg("history"),
           nb::arg("threads"), nb::arg("strict"))
      .def("get_online_features", &PyEngine::get_online_features, nb::arg("entity_rows"), nb::arg("features"),
           nb::arg("feature_service"), nb::arg("full_feature_names"), nb::arg("as_of").none())
      .def("materialize", &PyEngine::materialize, nb::arg("start"), nb::arg("end"), nb::arg("views"))
      .def("compact", &PyEngine::compact, nb::arg("as_of").none(), nb::arg("views"))
      .def("materialize_incremental", &PyEngine::materialize_incremental, nb::arg("end"), nb::arg("views"))
      .def("run", &PyEngine::run, nb::arg("views"))
      .def("validate", &PyEngine::validate, nb::arg("names"))
      .def("push", &PyEngine::push, nb::arg("source"), nb::arg("rows"), nb::arg("to"))
      .def("write_to_online_store", &PyEngine::write_to_online_store, nb::arg("view"), nb::arg("rows"))
      .def("verify", &PyEngine::verify, nb::arg("feature_service"), nb::arg("since").none(), nb::arg("until").none())
      .def("quarantine", &PyEngine::quarantine, nb::arg("name"))
      .def("runs", &PyEngine::runs, nb::arg("limit"))
      .def("list", &PyEngine::list, nb::arg("what"))
      .def("describe", &PyEngine::describe, nb::arg("name"))
      .def("open_online_store", &PyEngine::open_online_store)
      .def("close", &PyEngine::close);
}
