gnomon_test(transform_test
  ${CMAKE_CURRENT_LIST_DIR}/transform_check_sql_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/transform_child_process_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/transform_python_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/transform_sql_test.cc
  LINK gnomon_transform)
target_compile_definitions(transform_test PRIVATE
  GNOMON_VENV="${GNOMON_VENV}" GNOMON_PYTHON_DIR="${CMAKE_SOURCE_DIR}/python")
