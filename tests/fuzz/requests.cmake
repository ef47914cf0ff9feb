# The parsers by themselves, so that they are built under sanitizers without all that they belong to.
set(parsers arrow_body feast_request json_columns request_body request_members request_target rows_request)
list(TRANSFORM parsers PREPEND ${CMAKE_SOURCE_DIR}/src/serve/)
list(TRANSFORM parsers APPEND .cc)
gnomon_test(fuzz_request_bodies ${CMAKE_CURRENT_LIST_DIR}/request_bodies.cc ${parsers} LINK gnomon_data nlohmann_json::nlohmann_json)
