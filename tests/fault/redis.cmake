# What servers do to the online store in Redis: they die, hang, restart, move slots, fail over, are full.
gnomon_test(redis_fault_test ${CMAKE_CURRENT_LIST_DIR}/redis_fault_test.cc ${CMAKE_CURRENT_LIST_DIR}/redis_cluster_fault_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/redis_writers_test.cc ${CMAKE_CURRENT_LIST_DIR}/redis_fixture.cc
  ${CMAKE_SOURCE_DIR}/tests/conformance/window_store_rounds.cc ${CMAKE_SOURCE_DIR}/tests/conformance/online_store_factory.cc
  ${CMAKE_SOURCE_DIR}/tests/conformance/redis_server.cc LINK gnomon_stores)
target_include_directories(redis_fault_test PRIVATE ${CMAKE_SOURCE_DIR}/tests/conformance)
