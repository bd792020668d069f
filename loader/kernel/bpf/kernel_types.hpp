// SPDX-License-Identifier: GPL-2.0-or-later
// What our programs ask of the kernel's own types (BTF), for libbpf to find quickly.
#pragma once

namespace sluice {

// A file in BTF with the members of the kernel's structs that the programs of packets read (rows_of() in
// bpf/base/maps.h), at the offsets of the kernel that runs: for bpf_object_open_opts.btf_custom_path.
// Otherwise libbpf reads all types of the kernel for each object: 6 MB, a tenth of the time that a start
// takes. nullptr: it could not be made, and libbpf reads all of them. The text stays valid while the process
// lives.
const char* kernel_types_file();

}   // namespace sluice
