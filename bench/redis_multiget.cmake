add_executable(bench_redis_multiget ${CMAKE_CURRENT_LIST_DIR}/redis_multiget.cc ${CMAKE_SOURCE_DIR}/tests/conformance/redis_server.cc
  ${CMAKE_SOURCE_DIR}/tests/conformance/online_store_factory.cc)
gnomon_use_arrow(bench_redis_multiget)
target_include_directories(bench_redis_multiget PRIVATE ${CMAKE_SOURCE_DIR}/tests/conformance)
target_link_libraries(bench_redis_multiget PRIVATE gnomon_stores ${HIREDIS_LIBRARY})
