// The features that a view's aggregations make of rows with known columns: names and dtypes, or what does not fit.
// Thread-safety: pure functions.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "gnomon/v1/manifest.pb.h"
#include "registry/problems.h"

namespace gnomon {

// Columns of the rows that are aggregated. A null type: the column exists, of what type is not known yet.
using ColumnTypes = std::map<std::string, std::shared_ptr<arrow::DataType>>;

// One field a feature, in the order of expand_aggregations, with an empty dtype where the column's type is not known.
// `owner`: "source payments", for messages. Adds to `problems`, at the place of the aggregation: GN101 an unknown column with
// "did you mean"; GN111 a column of a type that no feature can have; GN150, GN151, GN152 of aggregation_result_type; GN109 a
// default that is no value of the result's type. A feature with a problem, or of an
// aggregation that names no column, has no field.
std::vector<v1::Field> aggregated_fields(const v1::FeatureView& view, const std::string& owner, const ColumnTypes& columns,
                                         Problems* problems);

// The same before any column is known: only functions, parameters and defaults that fit no type are judged.
void check_functions(const v1::FeatureView& view, Problems* problems);

// The place of an aggregation for messages; the view's where it has none.
const v1::Origin& origin_of(const v1::Aggregation& aggregation, const v1::FeatureView& view);

}  // namespace gnomon
