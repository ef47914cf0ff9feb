# gnomon_room(NAME deps…): the static library of one folder of src/. All its .cc files belong to it; the layer rules
# are checked by tools/tidy, the link order here only repeats them. Arrow's headers are precompiled once and shared. A folder …_module/
# inside is a library of its own.
add_library(gnomon_flags INTERFACE)
target_compile_options(gnomon_flags INTERFACE -Wall -Wextra -Wpedantic -Wno-missing-field-initializers -Wno-error=deprecated-declarations)
if(GNOMON_WERROR)
  target_compile_options(gnomon_flags INTERFACE -Werror)
endif()
if(GNOMON_SANITIZE)
  target_compile_options(gnomon_flags INTERFACE -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  target_link_options(gnomon_flags INTERFACE -fsanitize=address,undefined)
endif()
target_include_directories(gnomon_flags INTERFACE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)
target_link_libraries(gnomon_flags INTERFACE fmt::fmt Threads::Threads)

file(WRITE ${CMAKE_BINARY_DIR}/pch.cc "")
add_library(gnomon_pch OBJECT ${CMAKE_BINARY_DIR}/pch.cc)
target_link_libraries(gnomon_pch PUBLIC gnomon_flags arrow arrow_compute parquet)
target_precompile_headers(gnomon_pch PRIVATE
  <algorithm> <cstdint> <functional> <map> <memory> <optional> <set> <span> <string> <string_view> <unordered_map> <vector>
  <arrow/api.h> <arrow/compute/api.h> <arrow/io/api.h> <arrow/ipc/api.h> <parquet/arrow/reader.h> <parquet/arrow/writer.h>
  <parquet/statistics.h> <fmt/format.h>)
target_compile_options(gnomon_pch PRIVATE -fpch-preprocess)

function(gnomon_use_arrow target)
  target_link_libraries(${target} PUBLIC gnomon_flags arrow arrow_compute parquet)
  target_precompile_headers(${target} REUSE_FROM gnomon_pch)
  target_compile_options(${target} PRIVATE -fpch-preprocess)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    target_compile_options(${target} PRIVATE -fPIC)  # as the precompiled headers are; without it the compiler refuses them
  endif()
endfunction()

function(gnomon_room name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cc)
  list(FILTER sources EXCLUDE REGEX "_module/")
  add_library(gnomon_${name} STATIC ${sources})
  gnomon_use_arrow(gnomon_${name})
  target_link_libraries(gnomon_${name} PUBLIC ${ARGN})
endfunction()

# gnomon_test(NAME files… LINK libs… WHOLE parameters…): one GoogleTest program, known to ctest case by case; of parameters named in
# WHOLE all cases are one test, in one process, because they share a server that takes time to start.
include(GoogleTest)
function(gnomon_test name)
  cmake_parse_arguments(arg "" "" "LINK;WHOLE" ${ARGN})
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  gnomon_use_arrow(${name})
  if(GNOMON_SANITIZE)
    target_compile_options(${name} PRIVATE -Wno-maybe-uninitialized)  # g++ 12 sees ghosts in <regex> once it is instrumented
  endif()
  target_link_libraries(${name} PRIVATE ${arg_LINK} GTest::gtest_main)
  set(apart "")
  foreach(parameter ${arg_WHOLE})
    string(APPEND apart "*/${parameter}:")
    add_test(NAME ${name}/${parameter} COMMAND ${name} --gtest_filter=*/${parameter})
    set_tests_properties(${name}/${parameter} PROPERTIES TIMEOUT 300)
  endforeach()
  gtest_discover_tests(${name} TEST_FILTER "*-${apart}" PROPERTIES TIMEOUT 300 DISCOVERY_TIMEOUT 60)
endfunction()
