# The program that crash tests end in the middle, and whose tables other readers read.
add_executable(offline_program ${CMAKE_CURRENT_LIST_DIR}/offline_program.cc)
gnomon_use_arrow(offline_program)
target_link_libraries(offline_program PRIVATE offline_sample_rows)
set_target_properties(offline_program PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)

gnomon_test(offline_fault_test ${CMAKE_CURRENT_LIST_DIR}/offline_crash_test.cc ${CMAKE_CURRENT_LIST_DIR}/offline_disk_full_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/offline_io_error_test.cc LINK offline_sample_rows)
add_dependencies(offline_fault_test offline_program)
target_compile_definitions(offline_fault_test PRIVATE OFFLINE_PROGRAM="$<TARGET_FILE:offline_program>")
