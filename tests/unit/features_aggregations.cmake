gnomon_test(features_aggregations_test
  ${CMAKE_CURRENT_LIST_DIR}/features_aggregations_binding_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/features_aggregations_exact_sum_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/features_aggregations_laws_test.cc
  LINK gnomon_features)
