gnomon_test(engine_verify_test
  ${CMAKE_CURRENT_LIST_DIR}/engine_shop.cc
  ${CMAKE_CURRENT_LIST_DIR}/engine_served_log_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/engine_verify_test.cc
  LINK gnomon_engine)
