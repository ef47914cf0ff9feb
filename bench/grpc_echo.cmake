add_executable(bench_grpc_echo ${CMAKE_CURRENT_LIST_DIR}/grpc_echo.cc)
target_link_libraries(bench_grpc_echo PRIVATE gnomon_flags ${GRPC_LIBRARY} ${GRPC_CORE_LIBRARY} ${GPR_LIBRARY})
