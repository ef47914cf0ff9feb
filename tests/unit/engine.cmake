gnomon_test(engine_verify_test
  ${CMAKE_CURRENT_LIST_DIR}/engine_shop.cc
  ${CMAKE_CURRENT_LIST_DIR}/engine_served_log_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/engine_verify_test.cc
  LINK gnomon_engine)
gnomon_test(engine_switch_test
  ${CMAKE_CURRENT_LIST_DIR}/engine_switch_test.cc ${CMAKE_CURRENT_LIST_DIR}/offline_sample_rows.cc LINK gnomon_engine)
target_include_directories(engine_switch_test PRIVATE ${CMAKE_SOURCE_DIR}/tests)
