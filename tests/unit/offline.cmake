add_library(offline_sample_rows STATIC ${CMAKE_CURRENT_LIST_DIR}/offline_sample_rows.cc)
gnomon_use_arrow(offline_sample_rows)
target_include_directories(offline_sample_rows PUBLIC ${CMAKE_CURRENT_LIST_DIR}/..)
target_link_libraries(offline_sample_rows PUBLIC gnomon_stores)

gnomon_test(offline_test ${CMAKE_CURRENT_LIST_DIR}/offline_table_test.cc ${CMAKE_CURRENT_LIST_DIR}/offline_log_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/offline_concurrency_test.cc LINK offline_sample_rows)
