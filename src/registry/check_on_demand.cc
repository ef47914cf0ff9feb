// The rules for on-demand views and lookup sets that need no types.
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gnomon/expression.h"
#include "registry/manifest_rules.h"
#include "registry/objects.h"
#include "registry/on_demand_inputs.h"

namespace gnomon {
namespace {

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class OnDemandCheck {
 public:
  OnDemandCheck(const v1::OnDemandFeatureView& view, const v1::Manifest& manifest, Problems* problems)
      : view_(view),
        manifest_(manifest),
        problems_(*problems),
        owner_("on-demand view " + view.name()),
        inputs_(OnDemandInputs::of(view, manifest)) {}

  void run() {
    problems_.check_name(view_.origin(), "on-demand feature view", view_.name());
    if (find_view(manifest_, view_.name()) != nullptr)
      add("GN106", fmt::format("{} is named like a feature view", owner_),
          "Rename one: features are asked for by their view");
    check_sources();
    check_cycle();
    check_schema(view_.schema(), view_.origin(), owner_, &problems_);
    if (view_.schema().empty())
      add("GN108", fmt::format("{} has no features", owner_), "Return at least one, or list them under features");
    if (view_.has_python()) return check_function();
    check_features();
    check_request_clashes();
  }

 private:
  void add(const char* id, std::string message, std::string hint) {
    problems_.add(view_.origin(), id, std::move(message), std::move(hint));
  }

  void check_sources() {
    if (view_.sources().empty())
      add("GN108", owner_ + " has no sources", "Name feature views, on-demand views or request sources");
    std::set<std::string> seen;
    for (const v1::FeatureRef& ref : view_.sources()) {
      if (!seen.insert(ref.view()).second)
        add("GN103", fmt::format("source \"{}\" twice in {}", ref.view(), owner_), "Remove one");
      check_source(ref);
    }
  }

  void add_of_source(const char* id, std::string message, std::string hint) {
    sources_are_known_ = false;
    add(id, std::move(message), std::move(hint));
  }

  void check_source(const v1::FeatureRef& ref) {
    const v1::FeatureView* read = find_view(manifest_, ref.view());
    const v1::OnDemandFeatureView* computed = find_on_demand(manifest_, ref.view());
    const v1::Source* source = find_source(manifest_, ref.view());
    const bool is_request = source != nullptr && source->has_request();
    if (is_request && (read != nullptr || computed != nullptr))
      add("GN106", fmt::format("source \"{}\" of {} is a view and a request source", ref.view(), owner_),
          "Rename one of them");
    if (read == nullptr && computed == nullptr && !is_request) return refuse_source(ref.view(), source);
    std::vector<std::string> known = names_of(read != nullptr       ? read->schema()
                                              : computed != nullptr ? computed->schema()
                                                                    : source->schema());
    for (const std::string& feature : ref.features()) {
      if (known.empty() || contains(known, feature)) continue;
      add_of_source("GN101", fmt::format("unknown feature \"{}\" of {} in {}", feature, ref.view(), owner_),
                    suggest(feature, known, ""));
    }
  }

  void refuse_source(const std::string& name, const v1::Source* source) {
    if (source != nullptr)
      return add_of_source("GN109", fmt::format("{} reads source \"{}\", which holds rows", owner_, name),
                           "Read a feature view over it: at a request there is one row, that of the entity");
    std::vector<std::string> known = names_of(manifest_.feature_views());
    for (const std::string& other : names_of(manifest_.on_demand_feature_views())) known.push_back(other);
    for (const v1::Source& other : manifest_.sources()) {
      if (other.has_request()) known.push_back(other.name());
    }
    add_of_source("GN105", fmt::format("unknown source \"{}\" of {}", name, owner_),
                  suggest(name, known, "No feature views and no request sources are defined"));
  }

  void check_cycle() {
    std::vector<std::string> cyclic;
    on_demand_order(manifest_, &cyclic);
    if (contains(cyclic, view_.name()))
      add("GN107", fmt::format("{} reads itself, through {}", owner_, fmt::join(cyclic, ", ")),
          "Take the shared part into a view of its own");
  }

  void check_function() {
    const std::string& function = view_.python().function();
    const size_t colon = function.rfind(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == function.size())
      add("GN108", fmt::format("{} names no function: \"{}\"", owner_, function), "Expected \"file.py:function\"");
    if (view_.python().mode() != "python")
      add("GN109", fmt::format("unknown mode \"{}\" of {}", view_.python().mode(), owner_),
          "An on-demand view's mode is \"python\"");
    if (!view_.features().empty())
      add("GN108", fmt::format("{} has a function and expressions", owner_), "Give it one of the two");
    for (const v1::Field& field : view_.schema()) {
      if (field.dtype().empty())
        add("GN108", fmt::format("feature {} of {} has no dtype", field.name(), owner_),
            "Declare it in schema: what Python returns is not known before it runs");
    }
    check_request_clashes();
  }

  void check_features() {
    const std::vector<std::string> declared = names_of(view_.schema());
    for (const std::string& name : declared) {
      if (!view_.features().contains(name))
        add("GN108", fmt::format("feature \"{}\" of {} is in its schema and not computed", name, owner_),
            "Compute it, or leave it out of schema");
    }
    for (const auto& [name, text] : std::map(view_.features().begin(), view_.features().end())) {
      if (!contains(declared, name))
        add("GN101", fmt::format("feature \"{}\" of {} is not in its schema", name, owner_),
            suggest(name, declared, "Add it, or leave schema out"));
      check_expression(name, text);
    }
  }

  void check_expression(const std::string& name, const std::string& text) {
    const std::string owner = fmt::format("feature {} of {}", name, owner_);
    Result<Expression> parsed = parse_expression(text);
    if (!parsed.ok()) {
      const ErrorInfo& why = parsed.status().info();
      return problems_.add(view_.origin(), Status(why.code, why.id, fmt::format("{}: {}", owner, why.message), why.hint));
    }
    for (const std::string& column : parsed->columns()) {
      const std::vector<OnDemandInput> found = inputs_.find(column);
      if (found.empty() && inputs_.is_complete() && sources_are_known_) {
        add("GN101", fmt::format("unknown input \"{}\" in {}", column, owner),
            suggest(column, inputs_.names(), "Its sources have no columns"));
      } else if (found.size() > 1) {
        std::vector<std::string> written;
        for (const OnDemandInput& input : found) written.push_back(input.source + "__" + input.column);
        add("GN106", fmt::format("\"{}\" in {} could be {}", column, owner, fmt::join(written, " or ")),
            "Write one of them");
      }
    }
  }

  // A request's columns stand beside the keys and the features in one row of a training set.
  void check_request_clashes() {
    const std::vector<std::string> own = names_of(view_.schema());
    for (const OnDemandInput& request : inputs_.all()) {
      if (request.kind != InputKind::kRequest) continue;
      if (contains(own, request.column))
        add("GN106",
            fmt::format("feature \"{}\" of {} is named like a column of request source {}", request.column, owner_,
                        request.source),
            "Rename one: a training set holds both");
      for (const OnDemandInput& other : inputs_.all()) {
        if (other.column != request.column || other.kind == InputKind::kRequest) continue;
        const char* role = other.kind == InputKind::kJoinKey ? "join key" : "feature";
        add("GN106",
            fmt::format("column \"{}\" of request source {} is named like a {} of {}, and {} reads both", request.column,
                        request.source, role, other.source, owner_),
            other.kind == InputKind::kJoinKey ? "Leave it out of the request source: join keys can be read as they are"
                                              : "Rename the column of the request");
      }
    }
  }

  const v1::OnDemandFeatureView& view_;
  const v1::Manifest& manifest_;
  Problems& problems_;
  std::string owner_;
  OnDemandInputs inputs_;
  bool sources_are_known_ = true;  // else unknown inputs are no news
};

}  // namespace

void check_on_demand(const v1::OnDemandFeatureView& view, const v1::Manifest& manifest, Problems* problems) {
  OnDemandCheck(view, manifest, problems).run();
}

void check_lookup_set(const v1::LookupSet& set, Problems* problems) {
  const std::string owner = "lookup set " + set.name();
  problems->check_name(set.origin(), "lookup set", set.name());
  if (set.values().empty() == set.cidrs().empty())
    problems->add(set.origin(), "GN108",
                  fmt::format("{} has {}", owner, set.values().empty() ? "no values" : "values and cidrs"),
                  "Give it values=, or cidrs=");
  for (const v1::Value& value : set.values()) {
    const auto kind = value.kind_case();
    const bool is_value = kind != v1::Value::KIND_NOT_SET && kind != v1::Value::kListValue;
    auto number = [](auto one) { return one == v1::Value::kIntValue || one == v1::Value::kFloatValue; };
    const auto first = set.values(0).kind_case();
    if (is_value && (kind == first || (number(kind) && number(first)))) continue;
    problems->add(set.origin(), "GN109",
                  fmt::format("the values of {} have several types, or one that cannot be looked up", owner),
                  "Give it integers, numbers, strings or booleans");
    break;
  }
  for (const std::string& cidr : set.cidrs()) {
    Status valid = check_cidr(cidr);
    if (valid.ok()) continue;
    problems->add(set.origin(), Status(valid.code(), valid.info().id, fmt::format("{}: {}", owner, valid.info().message),
                                       valid.info().hint));
  }
}

}  // namespace gnomon
