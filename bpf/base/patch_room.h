/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Instructions that nothing reaches. The verifier takes them out, and what it notes of each instruction keeps its size: there the
 * kernel's own code for lookups in tables finds room, and need not copy all of the notes each time they grow by a page (Linux 6.18,
 * bpf_patch_insn_data(); docs/decisions/0089). They cost one instruction where they stand, and a load nothing.
 */
#pragma once

#define PATCH_ROOM(instructions)                                                                  \
	asm volatile("r0 = 0\n"                                                                   \
		     "if r0 == 0 goto 1f\n"                                                       \
		     ".fill " #instructions ", 8, 0xb7\n" /* r0 = 0, without a line of its own */ \
		     "1:\n" ::                                                                    \
			     : "r0")
