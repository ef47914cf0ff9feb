gnomon_test(fuzz_tile_records ${CMAKE_CURRENT_LIST_DIR}/tile_records.cc LINK gnomon_features)
