gnomon_test(data_test
  ${CMAKE_CURRENT_LIST_DIR}/data_cast_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/data_ndjson_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/data_files_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/data_row_take_test.cc
  LINK gnomon_data)
