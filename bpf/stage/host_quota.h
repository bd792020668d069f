/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How many mappings an inside host has of one masquerade, and that it gets no more (RFC 6888 REQ-4); and how many its VRF
 * has of the table. That may have what nobody else needs, until the table is short: then no more than an equal share.
 */
#pragma once

#define NO_QUOTA (~0u >> 1)

static __always_inline void note_host(struct scratch *s, const struct sl_addr *inside, __u16 vrf, __u32 masquerade)
{
	address_of_host(inside, family_of(inside), &s->host.inside);
	s->host.masquerade = masquerade;
	s->host.vrf = vrf;
}

/* How many the host of a flow has, whose first packet this was. */
static __always_inline __u32 host_count_of(struct scratch *s, const struct sl_tuple *original, __u32 masquerade)
{
	__u32 *count;

	note_host(s, &original->source, original->vrf, masquerade);
	count = bpf_map_lookup_elem(&host_mappings, &s->host);
	return count && *count != SL_HOST_GONE ? *count : 0;
}

/* One mapping more. Where the table has no room for the host it is not counted: mappings have a limit too. */
__noinline int host_takes(struct sl_endpoint *inside, __u32 masquerade, __u32 limit)
{
	struct scratch *s = scratch_get();

	if (!s || !inside)
		return HOST_UNCOUNTED;
	note_host(s, &inside->address, inside->vrf, masquerade);
	return count_host(&host_mappings, &s->host, limit);
}

/* One mapping less. */
__noinline int host_gives(struct sl_endpoint *inside, __u32 masquerade)
{
	struct scratch *s = scratch_get();

	if (!s || !inside)
		return 0;
	note_host(s, &inside->address, inside->vrf, masquerade);
	return uncount_host(&host_mappings, &s->host);
}

enum { VRF_UNCOUNTED, VRF_COUNTED, VRF_IS_OVER };

static __always_inline bool is_over_share(const struct sl_tenant *tenant, const struct sl_hand *hand)
{
	__u32 rows = rows_of(&nat_outside), tenants = hand->mappers;

	return hand->mappings >= SHARES_FROM(rows) && tenants && tenant->mappings >= rows / tenants;
}

/* One mapping more, of this VRF. */
__noinline int vrf_takes(__u32 vrf)
{
	struct sl_tenant *tenant = tenant_numbered(SL_TENANT | vrf);
	struct sl_hand *hand = hand_of(4);

	if (!tenant || !hand)
		return VRF_UNCOUNTED;
	if (is_over_share(tenant, hand))
		return VRF_IS_OVER;
	if (!__sync_fetch_and_add(&tenant->mappings, 1))
		__sync_fetch_and_add(&hand->mappers, 1);
	__sync_fetch_and_add(&hand->mappings, 1);
	return VRF_COUNTED;
}

/* One mapping less. */
__noinline int vrf_gives(__u32 vrf)
{
	__u32 number = SL_TENANT | vrf;
	struct sl_tenant *tenant = bpf_map_lookup_elem(&tenant_flows, &number);
	struct sl_hand *hand = hand_of(4);

	if (!tenant || !hand)
		return 0;
	if (__sync_fetch_and_add(&tenant->mappings, -1) == 1)
		__sync_fetch_and_add(&hand->mappers, -1);
	__sync_fetch_and_add(&hand->mappings, -1);
	return 1;
}
