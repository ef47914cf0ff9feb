add_executable(bench_serving_echo ${CMAKE_CURRENT_LIST_DIR}/serving_echo.cc)
target_link_libraries(bench_serving_echo PRIVATE gnomon_flags Boost::boost)
