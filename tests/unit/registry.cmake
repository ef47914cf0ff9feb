file(GLOB registry_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/registry_*_test.cc)
gnomon_test(registry_test ${registry_tests} LINK gnomon_registry nlohmann_json::nlohmann_json)
target_compile_definitions(registry_test PRIVATE GNOMON_GOLDEN_DIR="${CMAKE_SOURCE_DIR}/tests/golden")
