# SPDX-License-Identifier: GPL-2.0-or-later
# BPF C to an object with BTF, and that to a skeleton header which embeds it.
find_program(SLUICE_CLANG NAMES clang-16 clang-19 clang REQUIRED)
find_program(SLUICE_LLVM_STRIP NAMES llvm-strip-16 llvm-strip-19 llvm-strip REQUIRED)
find_program(SLUICE_BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin REQUIRED)

set(SLUICE_BPF_FROM "" CACHE PATH "Another build of this tree: its skeletons of bpf/ are taken, and none are made")

# sluice_bpf_object(NAME SOURCE): makes NAME.bpf.o and NAME.skel.h in the binary folder of the caller; and with
# SLUICE_SHIFTED_LAYOUT the same of another layout, in shifted/ there.
function(sluice_bpf_object NAME SOURCE)
  if(SLUICE_BPF_FROM)
    return()
  endif()
  sluice_bpf_skeleton(${NAME} ${SOURCE} ${CMAKE_CURRENT_BINARY_DIR} sluice_bpf_objects "")
  if(SLUICE_SHIFTED_LAYOUT)
    sluice_bpf_skeleton(${NAME} ${SOURCE} ${CMAKE_CURRENT_BINARY_DIR}/shifted sluice_bpf_objects_shifted -DSLUICE_SHIFTED_LAYOUT)
  endif()
endfunction()

function(sluice_bpf_skeleton NAME SOURCE FOLDER LIBRARY DEFINITION)
  set(OBJECT ${FOLDER}/${NAME}.bpf.o)
  set(SKELETON ${FOLDER}/skeletons/${NAME}.skel.h)
  file(GLOB_RECURSE HEADERS CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bpf/*.h ${CMAKE_SOURCE_DIR}/maps/*.h)
  file(MAKE_DIRECTORY ${FOLDER}/skeletons)
  add_custom_command(
    OUTPUT ${OBJECT} ${SKELETON}
    COMMAND ${SLUICE_CLANG} -O2 -g -target bpf -mcpu=v3 -Wall -Werror ${DEFINITION}
            -I${CMAKE_SOURCE_DIR} -I/usr/include/${CMAKE_LIBRARY_ARCHITECTURE}
            -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=
            -c ${CMAKE_CURRENT_SOURCE_DIR}/${SOURCE} -o ${OBJECT}
    COMMAND ${SLUICE_LLVM_STRIP} -g ${OBJECT}
    COMMAND ${SLUICE_BPFTOOL} gen skeleton ${OBJECT} name ${NAME}_bpf > ${SKELETON}
    DEPENDS ${SOURCE} ${HEADERS}
    COMMENT "BPF ${NAME} ${DEFINITION}"
    VERBATIM)
  add_custom_target(${LIBRARY}_${NAME} DEPENDS ${OBJECT} ${SKELETON})
  add_dependencies(${LIBRARY} ${LIBRARY}_${NAME})
endfunction()

add_library(sluice_bpf_objects INTERFACE)
add_library(sluice_bpf_objects_shifted INTERFACE)
target_include_directories(sluice_bpf_objects_shifted SYSTEM INTERFACE ${CMAKE_BINARY_DIR}/bpf/shifted/skeletons)
if(SLUICE_BPF_FROM)
  target_include_directories(sluice_bpf_objects SYSTEM INTERFACE ${SLUICE_BPF_FROM}/bpf/skeletons)
else()
  target_include_directories(sluice_bpf_objects SYSTEM INTERFACE ${CMAKE_BINARY_DIR}/bpf/skeletons)
endif()
