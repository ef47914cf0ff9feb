gnomon_test(access_test
  ${CMAKE_CURRENT_LIST_DIR}/access_authorize_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/access_keys_test.cc
  ${CMAKE_CURRENT_LIST_DIR}/access_tokens_test.cc
  LINK gnomon_access)
target_compile_options(access_test PRIVATE -fPIC)
