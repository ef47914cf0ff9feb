# The codecs by themselves, as in requests.cmake.
set(codecs column_reader row_codec value_bytes version_record)
list(TRANSFORM codecs PREPEND ${CMAKE_SOURCE_DIR}/src/stores/)
list(TRANSFORM codecs APPEND .cc)
gnomon_test(fuzz_stored_rows ${CMAKE_CURRENT_LIST_DIR}/stored_rows.cc ${codecs} LINK gnomon_data)
