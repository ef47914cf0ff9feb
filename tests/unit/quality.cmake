gnomon_test(quality_test
  ${CMAKE_CURRENT_LIST_DIR}/quality_checks_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/quality_definition_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/quality_expectations_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/quality_property_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/quality_range_test.cc
  LINK gnomon_quality)
