/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What every map's structs share: types, limits, and the check that both compilers agree. */
#pragma once

#include <linux/types.h>

/* Of what the packet path and user space do alike. */
#define SL_FUNCTION static inline __attribute__((always_inline, unused))

#define SL_ABI_OF_RELEASE 21 /* raised with every change of a layout in this folder */

/*
 * The test of upgrades (docs/decisions/0051) builds a second daemon whose rows of live state lie elsewhere: values have
 * SL_SHIFT in front, in keys, which the packet path has on its stack, members change places by SL_ORDER.
 */
#ifdef SLUICE_SHIFTED_LAYOUT
#define SL_ABI (SL_ABI_OF_RELEASE + 1)
#define SL_SHIFT __u64 shifted;
#define SL_ORDER(first, second) second first
#else
#define SL_ABI SL_ABI_OF_RELEASE
#define SL_SHIFT
#define SL_ORDER(first, second) first second
#endif

#define SL_MAX_IFINDEX 16384 /* interfaces with a higher number are refused at apply */
#define SL_MAX_SLOTS 1024    /* managed interfaces at once; slot 0 stands for "not managed" */
#define SL_MAX_ZONES 256
#define SL_MAIN_VRF 0 /* every other VRF goes by the number of its routing table, 1 to 65535 */
/* On packets for the gateway, in host order: the answers take the routes of the VRF that asked. */
#define SL_VRF_MARK(vrf) (0x51ce0000u | (vrf))
#define SL_MAX_OBJECTS (1 << 18)    /* named rules that can be counted */
#define SL_MAX_POLICY_CHUNKS 32     /* of 512 policies */
#define SL_MAX_POOL_RANGES 16       /* of one family in the pool of a masquerade */
#define SL_MAX_POOL_ADDRESSES 65536 /* in one of them */
#define SL_GENERATIONS 2            /* rules in force, and rules being made ready */

/* C11 and C++11 spell it differently. */
#ifdef SLUICE_SHIFTED_LAYOUT
#define SL_ASSERT_SIZE(type, bytes)
#elif defined(__cplusplus)
#define SL_ASSERT_SIZE(type, bytes) static_assert(sizeof(type) == (bytes), #type)
#else
#define SL_ASSERT_SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type)
#endif

/*
 * An address of either family: 16 bytes in network byte order, IPv4 as IPv4-mapped
 * (::ffff:a.b.c.d, RFC 4291 section 2.5.5.2), so that one table serves both.
 */
struct sl_addr {
	__be32 w[4];
};
SL_ASSERT_SIZE(struct sl_addr, 16);
