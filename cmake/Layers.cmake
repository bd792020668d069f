# SPDX-License-Identifier: GPL-2.0-or-later
# The dependency law: one library per folder, which sees only what it is linked with. Each library's
# headers are reached as "folder/file.hpp" through a directory of its own that holds one symbolic
# link, so that an include which the law forbids does not compile.
#
#   sluice_layer(NAME DEPENDS a b LIBRARIES x y)   in loader/NAME or the folder of the caller
function(sluice_layer NAME)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LIBRARIES" ${ARGN})
  file(GLOB_RECURSE SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(FILTER SOURCES EXCLUDE REGEX "/main\\.cpp$")
  set(VIEW ${CMAKE_BINARY_DIR}/layers/${NAME})
  file(MAKE_DIRECTORY ${VIEW})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${VIEW}/${NAME} SYMBOLIC)
  if(SOURCES)
    add_library(sluice_${NAME} STATIC ${SOURCES})
    set(SCOPE PUBLIC)
    target_link_libraries(sluice_${NAME} PRIVATE sluice_options)
    if(NAME IN_LIST FUZZED_LAYERS)
      target_compile_options(sluice_${NAME} PRIVATE -fsanitize=fuzzer-no-link)
      target_precompile_headers(sluice_${NAME} REUSE_FROM sluice_headers_fuzzed)
    elseif(SLUICE_SANITIZE)
      target_precompile_headers(sluice_${NAME} REUSE_FROM sluice_headers_plain)
    endif()
  else()
    add_library(sluice_${NAME} INTERFACE)
    set(SCOPE INTERFACE)
  endif()
  target_include_directories(sluice_${NAME} ${SCOPE} ${VIEW})
  foreach(LOWER ${ARG_DEPENDS})
    target_link_libraries(sluice_${NAME} ${SCOPE} sluice_${LOWER})
  endforeach()
  target_link_libraries(sluice_${NAME} ${SCOPE} ${ARG_LIBRARIES})
  if(SLUICE_SHIFTED_LAYOUT AND NAME IN_LIST SHIFTED_LAYERS)
    sluice_shifted_layer(${NAME} "${SOURCES}" "${ARG_DEPENDS}" "${ARG_LIBRARIES}")
  elseif(SLUICE_SHIFTED_LAYOUT AND NAME IN_LIST LAYERS_OF_BOTH)
    sluice_layer_of_both(${NAME} "${ARG_DEPENDS}" "${ARG_LIBRARIES}")
  endif()
endfunction()

# The same once more for the daemon of another layout (maps/layout.h), of the layers that include maps/.
set(SHIFTED_LAYERS compile plan kernel capture engine explain gateway show doctor bundle daemon)
function(sluice_shifted_layer NAME SOURCES DEPENDS LIBRARIES)
  add_library(sluice_${NAME}_shifted STATIC EXCLUDE_FROM_ALL ${SOURCES})
  target_link_libraries(sluice_${NAME}_shifted PRIVATE sluice_options)
  target_compile_definitions(sluice_${NAME}_shifted PUBLIC SLUICE_SHIFTED_LAYOUT)
  target_include_directories(sluice_${NAME}_shifted PUBLIC ${CMAKE_BINARY_DIR}/layers/${NAME})
  sluice_link_shifted(${NAME} "${DEPENDS}")
  string(REPLACE sluice_bpf_objects sluice_bpf_objects_shifted LIBRARIES "${LIBRARIES}")
  target_link_libraries(sluice_${NAME}_shifted PUBLIC ${LIBRARIES})
endfunction()

# Those that stand on such layers and do not include maps/: the same objects for both daemons, with the other layers below.
set(LAYERS_OF_BOTH errand talk frr front vrrp acme ddns health resolver mapper reach relay_tcp scrape web ipfix cluster sync connect)
function(sluice_layer_of_both NAME DEPENDS LIBRARIES)
  add_library(sluice_${NAME}_shifted STATIC EXCLUDE_FROM_ALL $<TARGET_OBJECTS:sluice_${NAME}>)
  set_target_properties(sluice_${NAME}_shifted PROPERTIES LINKER_LANGUAGE CXX)
  target_include_directories(sluice_${NAME}_shifted PUBLIC ${CMAKE_BINARY_DIR}/layers/${NAME})
  sluice_link_shifted(${NAME} "${DEPENDS}")
  target_link_libraries(sluice_${NAME}_shifted PUBLIC ${LIBRARIES})
endfunction()

function(sluice_link_shifted NAME DEPENDS)
  foreach(LOWER ${DEPENDS})
    if(TARGET sluice_${LOWER}_shifted)
      target_link_libraries(sluice_${NAME}_shifted PUBLIC sluice_${LOWER}_shifted)
    else()
      target_link_libraries(sluice_${NAME}_shifted PUBLIC sluice_${LOWER})
    endif()
  endforeach()
endfunction()

add_library(sluice_options INTERFACE)
# GCC 12 warns falsely with all optimisations: -Wrestrict of its own std::string (bug 105651), -Wmaybe-uninitialized of what an
# std::expected does not hold. The latter is looked for in the build for tests.
target_compile_options(sluice_options INTERFACE -Wall -Wextra -Werror -Wno-missing-field-initializers
                       $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
                       $<$<AND:$<CXX_COMPILER_ID:GNU>,$<NOT:$<CONFIG:Debug>>>:-Wno-maybe-uninitialized> $<$<CXX_COMPILER_ID:Clang>:-Wreserved-identifier>)
