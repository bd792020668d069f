# SPDX-License-Identifier: GPL-2.0-or-later
# SLUICE_SANITIZE: all of user space with ASan and UBSan, for the unit tests. `cmake --build build --target sanitize` builds
# and runs them in build-sanitize, as `./run test` does.
# SLUICE_FUZZ: the same and libFuzzer's coverage, with clang; tests/fuzz has the targets.
if(SLUICE_SANITIZE OR SLUICE_FUZZ)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

if(SLUICE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL Clang)
    message(FATAL_ERROR "SLUICE_FUZZ needs clang: -D CMAKE_C_COMPILER=clang-16 -D CMAKE_CXX_COMPILER=clang++-16")
  endif()
  # clang 16 has the concepts that libstdc++ 12's <expected> asks for, but counts them by an older number.
  add_compile_options(-fsanitize=fuzzer-no-link -U__cpp_concepts -D__cpp_concepts=202002L
                      -Wno-builtin-macro-redefined)
endif()

if(NOT SLUICE_SANITIZE AND NOT SLUICE_FUZZ)
  set(SANITIZE_BUILD ${CMAKE_SOURCE_DIR}/build-sanitize)
  add_custom_target(sanitize
    COMMAND ${CMAKE_COMMAND} -S ${CMAKE_SOURCE_DIR} -B ${SANITIZE_BUILD} -G ${CMAKE_GENERATOR}
            -D SLUICE_SANITIZE=ON -D CMAKE_BUILD_TYPE=Debug
    COMMAND ${CMAKE_COMMAND} --build ${SANITIZE_BUILD} --parallel 2 --target sluice_unit
    COMMAND ${CMAKE_CTEST_COMMAND} --test-dir ${SANITIZE_BUILD} --output-on-failure -L unit
    USES_TERMINAL VERBATIM)
endif()
