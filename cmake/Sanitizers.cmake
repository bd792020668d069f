# SPDX-License-Identifier: GPL-2.0-or-later
# SLUICE_SANITIZE: all of user space with ASan and UBSan, by clang: one build for the unit tests (tests/unit) and the targets of
# tests/fuzz. `./run test` makes it in build-sanitize. What the targets feed tells libFuzzer where it has been besides, which is a
# quarter of the compiler's work. UBSan looks at sluice's own code, ASan at the libraries' templates too.
if(NOT SLUICE_SANITIZE)
  return()
endif()
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  message(FATAL_ERROR "SLUICE_SANITIZE needs clang: -D CMAKE_C_COMPILER=clang-16 -D CMAKE_CXX_COMPILER=clang++-16")
endif()
set(FUZZED_LAYERS base model dns pcp stun config network relay compile plan api)
add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
                    -fsanitize-ignorelist=${CMAKE_CURRENT_LIST_DIR}/ubsan-ignores.txt -gline-tables-only)
add_link_options(-fsanitize=address,undefined --ld-path=ld.lld-16)
# clang 16 has the concepts that libstdc++ 12's <expected> asks for, but counts them by an older number.
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-U__cpp_concepts> $<$<COMPILE_LANGUAGE:CXX>:-D__cpp_concepts=202002L>
                    -Wno-builtin-macro-redefined)

# link_fast_json_first(TARGET): before anything of its own, or the linker has seen slower copies already.
add_library(sluice_fast_json OBJECT ${CMAKE_SOURCE_DIR}/tests/support/fast_json.cpp)
target_compile_options(sluice_fast_json PRIVATE -O1)
target_link_libraries(sluice_fast_json PRIVATE nlohmann_json::nlohmann_json)
function(link_fast_json_first TARGET)
  target_link_options(${TARGET} PRIVATE $<TARGET_OBJECTS:sluice_fast_json>)
  set_property(TARGET ${TARGET} APPEND PROPERTY LINK_DEPENDS $<TARGET_OBJECTS:sluice_fast_json>)
  add_dependencies(${TARGET} sluice_fast_json)
endfunction()

# What most files include is read once. GCC has nothing from that: its time goes into what the templates become.
set(COMMON_HEADERS <algorithm> <array> <chrono> <cstdint> <deque> <expected> <filesystem> <fmt/format.h> <functional> <map> <memory>
    <nlohmann/json.hpp> <optional> <set> <span> <string> <string_view> <unordered_map> <unordered_set> <utility> <variant> <vector>)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/empty.cpp CONTENT "")
foreach(KIND plain fuzzed)
  add_library(sluice_headers_${KIND} OBJECT ${CMAKE_BINARY_DIR}/empty.cpp)
  target_link_libraries(sluice_headers_${KIND} PRIVATE fmt::fmt nlohmann_json::nlohmann_json)
  target_precompile_headers(sluice_headers_${KIND} PRIVATE ${COMMON_HEADERS})
endforeach()
target_compile_options(sluice_headers_fuzzed PRIVATE -fsanitize=fuzzer-no-link)
