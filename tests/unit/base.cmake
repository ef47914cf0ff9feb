gnomon_test(base_test ${CMAKE_CURRENT_LIST_DIR}/base_time_text_test.cc ${CMAKE_CURRENT_LIST_DIR}/base_env_real_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/base_status_test.cc ${CMAKE_CURRENT_LIST_DIR}/base_hash_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/base_child_session_test.cc LINK gnomon_base)
