# Everything that is not ours, as imported targets. See docs/decisions for why each is here.
set(GNOMON_VENV "${CMAKE_SOURCE_DIR}/.venv" CACHE PATH "The virtual environment that tools/setup made")
execute_process(
  COMMAND ${GNOMON_VENV}/bin/python -c "import sysconfig; print(sysconfig.get_paths()['purelib'])"
  OUTPUT_VARIABLE site_packages OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

# Arrow comes from the pinned pyarrow wheel: only versioned libraries, so targets carry full paths and an RPATH.
set(arrow_dir "${site_packages}/pyarrow")
set(arrow_so 2600)
foreach(lib arrow arrow_compute parquet)
  add_library(${lib} SHARED IMPORTED GLOBAL)
  set_target_properties(${lib} PROPERTIES
    IMPORTED_LOCATION "${arrow_dir}/lib${lib}.so.${arrow_so}"
    INTERFACE_INCLUDE_DIRECTORIES "${arrow_dir}/include")
endforeach()
set(CMAKE_BUILD_RPATH "${arrow_dir}")
set(CMAKE_INSTALL_RPATH "$ORIGIN/../pyarrow;${arrow_dir}")

find_package(Protobuf REQUIRED)
find_package(fmt REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.74 REQUIRED)
# The Arrow wheel's libparquet exports an OpenSSL of its own. The system's comes before it in every program, so that whoever calls OpenSSL
# there calls one and the same: see docs/decisions/authorization.md.
find_package(OpenSSL 3.0 REQUIRED)
set(CMAKE_EXE_LINKER_FLAGS
    "${CMAKE_EXE_LINKER_FLAGS} -Wl,--push-state,--no-as-needed ${OPENSSL_SSL_LIBRARY} ${OPENSSL_CRYPTO_LIBRARY} -Wl,--pop-state")
find_package(GTest REQUIRED)
find_package(CLI11 REQUIRED)
find_library(ROCKSDB_LIBRARY rocksdb REQUIRED)
find_library(HIREDIS_LIBRARY hiredis REQUIRED)
find_library(GRPC_LIBRARY grpc++_unsecure REQUIRED)
find_library(GRPC_CORE_LIBRARY grpc_unsecure REQUIRED)
find_library(GPR_LIBRARY gpr REQUIRED)
find_library(GRPC_REFLECTION_ARCHIVE NAMES libgrpc++_reflection.a REQUIRED)

# ADBC's driver manager ships as source inside its wheel.
set(adbc_dir "${site_packages}/adbc_driver_manager")
add_library(adbc STATIC
  ${adbc_dir}/adbc_driver_manager.cc ${adbc_dir}/adbc_driver_manager_api.cc
  ${adbc_dir}/adbc_driver_manager_driver_loading.cc ${adbc_dir}/adbc_driver_manager_profiles.cc)
target_include_directories(adbc SYSTEM PUBLIC ${adbc_dir})
target_compile_options(adbc PRIVATE -w)
target_link_libraries(adbc PUBLIC ${CMAKE_DL_LIBS})
set(GNOMON_DUCKDB_LIBRARY "${CMAKE_SOURCE_DIR}/third_party/duckdb/libduckdb.so" CACHE FILEPATH "The pinned DuckDB")
