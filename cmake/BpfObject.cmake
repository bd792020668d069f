# SPDX-License-Identifier: GPL-2.0-or-later
# BPF C to an object with BTF, and that to a skeleton header which embeds it.
find_program(SLUICE_CLANG NAMES clang-16 clang-19 clang REQUIRED)
find_program(SLUICE_LLVM_STRIP NAMES llvm-strip-16 llvm-strip-19 llvm-strip REQUIRED)
find_program(SLUICE_BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin REQUIRED)

set(SLUICE_BPF_FROM "" CACHE PATH "Another build of this tree: its skeletons of bpf/ are taken, and none are made")

# sluice_bpf_object(NAME SOURCE): makes NAME.bpf.o and NAME.skel.h in the binary folder of the caller.
function(sluice_bpf_object NAME SOURCE)
  if(SLUICE_BPF_FROM)
    return()
  endif()
  set(OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${NAME}.bpf.o)
  set(SKELETON ${CMAKE_CURRENT_BINARY_DIR}/skeletons/${NAME}.skel.h)
  file(GLOB_RECURSE HEADERS CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bpf/*.h ${CMAKE_SOURCE_DIR}/maps/*.h)
  file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/skeletons)
  add_custom_command(
    OUTPUT ${OBJECT} ${SKELETON}
    COMMAND ${SLUICE_CLANG} -O2 -g -target bpf -mcpu=v3 -Wall -Werror
            -I${CMAKE_SOURCE_DIR} -I/usr/include/${CMAKE_LIBRARY_ARCHITECTURE}
            -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=
            -c ${CMAKE_CURRENT_SOURCE_DIR}/${SOURCE} -o ${OBJECT}
    COMMAND ${SLUICE_LLVM_STRIP} -g ${OBJECT}
    COMMAND ${SLUICE_BPFTOOL} gen skeleton ${OBJECT} name ${NAME}_bpf > ${SKELETON}
    DEPENDS ${SOURCE} ${HEADERS}
    COMMENT "BPF ${NAME}"
    VERBATIM)
  add_custom_target(bpf_${NAME} DEPENDS ${OBJECT} ${SKELETON})
  add_dependencies(sluice_bpf_objects bpf_${NAME})
endfunction()

add_library(sluice_bpf_objects INTERFACE)
if(SLUICE_BPF_FROM)
  target_include_directories(sluice_bpf_objects SYSTEM INTERFACE ${SLUICE_BPF_FROM}/bpf/skeletons)
else()
  target_include_directories(sluice_bpf_objects SYSTEM INTERFACE ${CMAKE_BINARY_DIR}/bpf/skeletons)
endif()
