gnomon_test(serve_test
  ${CMAKE_CURRENT_LIST_DIR}/serve_feast_message_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/serve_feast_rpc_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/serve_json_writer_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/serve_pushed_columns_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/serve_request_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/serve_request_hostile_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/serve_response_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/serve_server_test.cc
  LINK gnomon_serve)
# The precompiled headers are made with -fPIC, and the compiler takes them only where it is said too.
target_compile_options(serve_test PRIVATE -fPIC)
