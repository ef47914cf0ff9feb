gnomon_test(fuzz_expression_parser ${CMAKE_CURRENT_LIST_DIR}/expression_parser.cc LINK gnomon_transform)
