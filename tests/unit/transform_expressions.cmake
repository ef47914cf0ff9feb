gnomon_test(transform_expressions_test
  ${CMAKE_CURRENT_LIST_DIR}/transform_expressions_bind_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/transform_expressions_examples_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/transform_expressions_functions_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/transform_expressions_limits_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/transform_expressions_marks_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/transform_expressions_oracle.cc
  ${CMAKE_CURRENT_LIST_DIR}/transform_expressions_oracle_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/transform_expressions_parser_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/transform_expressions_roundtrip_test.cc
  LINK gnomon_transform)
target_compile_definitions(transform_expressions_test PRIVATE GNOMON_ROOT="${CMAKE_SOURCE_DIR}")
