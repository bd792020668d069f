# SPDX-License-Identifier: GPL-2.0-or-later
# cmake -D SOURCE=... -D BUILD=... -D GENERATOR=... -D CC=... -D CXX=... -P build_fuzzers.cmake
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE STATUS)
  if(NOT STATUS EQUAL 0)
    list(JOIN ARGV " " SENTENCE)
    message(FATAL_ERROR "failed (${STATUS}): ${SENTENCE}")
  endif()
endfunction()

foreach(FOUND CC CXX)
  if(NOT ${FOUND})
    message(FATAL_ERROR "clang-16 is needed for libFuzzer (packaging/debian-packages.txt)")
  endif()
endforeach()
run(${CMAKE_COMMAND} -S ${SOURCE} -B ${BUILD} -G ${GENERATOR} -D SLUICE_FUZZ=ON
    -D CMAKE_C_COMPILER=${CC} -D CMAKE_CXX_COMPILER=${CXX})
run(${CMAKE_COMMAND} --build ${BUILD} --parallel 2 --target fuzzers)
file(MAKE_DIRECTORY ${BUILD}/corpus/document_fuzz ${BUILD}/corpus/http_fuzz)
