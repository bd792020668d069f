/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whose flows there are, so that who has too many of them pays for it and nobody else. Each flow is in two accounts:
 * that of a host and that of a tenant, which is a VRF. From inside that is the host and the VRF that the flow comes
 * from; from outside, where sources can be invented, the host and the VRF that it leads to.
 *
 * host_flows:   hash, host inside -> its account. Counted exactly; the last flow takes the row with it.
 * host_shared:  array of SL_SHARED_ACCOUNTS, for hosts that flows from outside lead to, and in its second half for hosts
 *               that find no room in host_flows; the row by a hash with the secret of sl_config, so some share one.
 *               Row 0 is nobody's.
 * tenant_flows: hash, SL_TENANT_* and number of the VRF -> sl_tenant; rows stay.
 *
 * The slot of a flow says which accounts it is in (slots.h), and who frees the slot gives back what it holds. Mappings
 * are counted for the tenant that is the VRF of their inside host; the mapping says whether it is (SL_MAPPING_SHARED).
 */
#pragma once

#include "layout.h"

struct sl_host {
	struct sl_addr address; /* IPv6: of the network of 64 bits, the rest 0 */
	__u32 vrf;
};
SL_ASSERT_SIZE(struct sl_host, 20);

struct sl_account {
	__u32 flows;   /* SL_HOST_GONE: the row is being removed */
	__u32 waiting; /* of them: half open */
};
SL_ASSERT_SIZE(struct sl_account, 8);

/* Index 0 is IPv4, 1 is IPv6: their tables are apart. */
struct sl_tenant {
	SL_SHIFT
	__u32 flows[2];
	__u32 hosts[2]; /* that have flows */
	__u32 waiting;  /* half open, of both families: their places are shared */
	__u32 mappings; /* of its hosts inside, of both families: their table is shared */
};
SL_ASSERT_SIZE(struct sl_tenant, 24);

#define SL_TENANT (1u << 31)         /* in every number of a tenant; 0: in no account */
#define SL_TENANT_OUTSIDE (1u << 16) /* flows from outside that lead into the VRF */

#define SL_MAX_HOSTS 65536      /* in host_flows */
#define SL_MAX_TENANTS 8192     /* two for each VRF */
#define SL_SHARED_ACCOUNTS 8192 /* a power of two */
#define SL_HOST_GONE 0xffffffffu
