gnomon_test(features_aggregations_by_value_test
  ${CMAKE_CURRENT_LIST_DIR}/features_aggregation_answers.cc
  ${CMAKE_CURRENT_LIST_DIR}/features_aggregations_ordered_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/features_aggregations_counts_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/features_aggregations_sketches_test.cc
  LINK gnomon_features)
