// The functions, each in a file of its own name. builtin.cc lists them: a new one is a file, a line here and a line there.
// Thread-safety: pure functions.
#pragma once

#include "features/aggregations/binding.h"

namespace gnomon {

AggregationFunction count_function();
AggregationFunction sum_function();
AggregationFunction mean_function();
AggregationFunction var_pop_function();
AggregationFunction var_samp_function();
AggregationFunction std_pop_function();
AggregationFunction std_samp_function();
AggregationFunction min_function();
AggregationFunction max_function();
AggregationFunction approx_count_distinct_function();
AggregationFunction approx_percentile_function();
AggregationFunction count_distinct_function();
AggregationFunction first_function();
AggregationFunction first_n_function();
AggregationFunction histogram_function();
AggregationFunction last_function();
AggregationFunction last_distinct_n_function();
AggregationFunction last_n_function();
AggregationFunction median_function();
AggregationFunction mode_function();
AggregationFunction top_k_function();

}  // namespace gnomon
