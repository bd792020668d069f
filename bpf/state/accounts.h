/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who has how many flows (maps/accounts.h), and when that is too many. A host with a limit of the document has that
 * (RFC 6888 REQ-4). The rest may have what nobody else needs: while more than a quarter of the table is free nobody is
 * refused. After that it is whoever has more than his share: a VRF of the table, a host of its VRF's part.
 */
#pragma once

#include "bpf/base/hash.h"
#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/state/host_count.h"
#include "bpf/state/maps.h"

#include "maps/accounts.h"
#include "maps/config.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/layout.h"
#include "maps/slots.h"

#define SHARES_FROM(room) ((room) - (room) / 4) /* live flows */
#define HOSTS_AT_MOST 64                        /* a host's share is no smaller than if there were so many */
#define SMALL_HOST 32 /* flows: such a host is served although its tenant is over its share, */
#define SMALL_HOSTS_TO(room) ((room) - (room) / 8)   /* as long as half of the last quarter is free */
#define HOSTS_COME_FROM(room) ((room) - (room) / 16) /* then a host more is reckoned with: nobody has all there is */

/* A host of IPv6 is a network of 64 bits: it has all of its addresses. */
static __always_inline void address_of_host(const struct sl_addr *address, __u8 family, struct sl_addr *host)
{
	*host = *address;
	if (family == 6) {
		host->w[2] = 0;
		host->w[3] = 0;
	}
}

static __always_inline void host_of(const struct sl_addr *address, __u16 vrf, __u8 family, struct sl_host *host)
{
	address_of_host(address, family, &host->address);
	host->vrf = vrf;
}

static __always_inline __u32 shared_row(const struct sl_host *host, bool inside)
{
	__u32 half = SL_SHARED_ACCOUNTS / 2;

	return (inside ? half : 0) + 1 + secret_hash(host, SL_KEY_WORDS(*host)) % (half - 1);
}

/* The account of a flow whose first packet came from `source`; `row` as in its slot. */
static __always_inline struct sl_account *account_of(const struct sl_tuple *t, __u32 row)
{
	struct sl_host host;

	if (row)
		return apart(bpf_map_lookup_elem(&host_shared, &row));
	host_of(&t->source, t->vrf, t->family, &host);
	return apart(bpf_map_lookup_elem(&host_flows, &host));
}

static __always_inline struct sl_gc_cursor *gc_cursor_of(__u8 family)
{
	__u32 row = SL_GC_CURSOR_OF(family);

	return bpf_map_lookup_elem(&gc_cursors, &row);
}

static __always_inline void tenant_number(struct judgement *j)
{
	j->tenant = SL_TENANT | (j->holds & SL_HOLDS_OUTSIDE ? SL_TENANT_OUTSIDE | j->out.vrf : j->in.vrf);
}

static __always_inline struct sl_tenant *tenant_numbered(__u32 wanted)
{
	struct sl_tenant none = {}, *tenant;
	__u32 number = wanted; /* older verifiers take no key out of an argument */

	tenant = bpf_map_lookup_elem(&tenant_flows, &number);
	if (tenant)
		return tenant;
	bpf_map_update_elem(&tenant_flows, &number, &none, BPF_NOEXIST);
	return bpf_map_lookup_elem(&tenant_flows, &number);
}

/* Where a host has no row of its own it shares one, with the limit that each of them has. */
static __always_inline int count_shared(struct judgement *j, const struct sl_host *host, bool inside, __u32 limit)
{
	struct sl_account *account;
	__u32 row = shared_row(host, inside);

	account = bpf_map_lookup_elem(&host_shared, &row);
	if (!account || account->flows >= limit)
		return HOST_IS_FULL;
	j->account = row;
	j->host_waiting = __sync_fetch_and_add(&account->waiting, 1) + 1;
	return __sync_fetch_and_add(&account->flows, 1) ? HOST_COUNTED : HOST_IS_NEW;
}

#define ANY_NUMBER_OF_FLOWS (SL_HOST_GONE - 1)

/* One flow more, which waits: enum host_count, but never HOST_UNCOUNTED. */
__noinline int join_host(struct judgement *j, __u32 limit)
{
	const struct sl_account first = { .flows = 1, .waiting = 1 };
	struct sl_host host;
	int rc;

	if (!j)
		return HOST_IS_FULL;
	j->account = 0;
	if (j->holds & SL_HOLDS_OUTSIDE) {
		host_of(&j->out.destination, j->out.vrf, j->out.family, &host);
		return count_shared(j, &host, false, ANY_NUMBER_OF_FLOWS);
	}
	host_of(&j->in.source, j->in.vrf, j->in.family, &host);
	rc = count_row(&host_flows, &host, &first, limit, &j->host_waiting);
	return rc == HOST_UNCOUNTED ? count_shared(j, &host, true, limit) : rc;
}

/* Flows of the family that the tenant, and this host of it, may have where the table is short. */
static __always_inline int shares_kept(struct judgement *j, const struct sl_tenant *tenant,
				       const struct sl_gc_cursor *cursor, __u32 room)
{
	__u32 row = SL_GC_CURSOR_OF(j->in.family), tenants = cursor->tenants, hosts = tenant->hosts[row], share, has;
	struct sl_account *account = account_of(&j->in, j->account);

	has = account ? account->flows : 0;
	share = room / (tenants ? tenants : 1);
	if (tenant->flows[row] > share)
		return has && has <= SMALL_HOST && cursor->live <= SMALL_HOSTS_TO(room) ? OVER_NOTHING : OVER_TENANT;
	hosts += cursor->live > HOSTS_COME_FROM(room);
	share /= hosts && hosts < HOSTS_AT_MOST ? hosts : HOSTS_AT_MOST;
	j->share = share;
	return has > share ? OVER_HOST : OVER_NOTHING;
}

/* Flows of a host that has `limit` are refused (SL_DROP_HOST_FLOWS). One that waits more in both, with j->over. */
__noinline int join_accounts(struct judgement *j, __u32 limit)
{
	struct sl_tenant *tenant;
	struct sl_gc_cursor *cursor;
	__u32 row, room;
	int rc;

	if (!j)
		return SL_DROP_INTERNAL;
	row = SL_GC_CURSOR_OF(j->in.family);
	room = slot_count(j->in.family) / 2;
	cursor = gc_cursor_of(j->in.family);
	tenant_number(j);
	tenant = tenant_numbered(j->tenant);
	rc = tenant && cursor ? join_host(j, limit) : HOST_UNCOUNTED;
	if (!tenant || !cursor || rc == HOST_UNCOUNTED || rc == HOST_IS_FULL) {
		j->tenant = 0;
		return rc == HOST_IS_FULL ? SL_DROP_HOST_FLOWS : SL_DROP_TABLE_FULL;
	}
	if (rc == HOST_IS_NEW)
		__sync_fetch_and_add(&tenant->hosts[row], 1);
	if (!__sync_fetch_and_add(&tenant->flows[row], 1))
		__sync_fetch_and_add(&cursor->tenants, 1);
	__sync_fetch_and_add(&cursor->live, 1);
	j->tenant_waiting = __sync_fetch_and_add(&tenant->waiting, 1) + 1;
	j->over = cursor->live > SHARES_FROM(room) ? shares_kept(j, tenant, cursor, room) : OVER_NOTHING;
	return SL_DROP_NONE;
}

/* The host may have gone and come again since the flow was counted: what is counted anew does not fall below nothing. */
static __always_inline void one_waits_less(struct sl_account *account)
{
	if (*(volatile __u32 *)&account->waiting && !__sync_fetch_and_add(&account->waiting, -1))
		__sync_fetch_and_add(&account->waiting, 1);
}

/* A flow of these accounts, whose first packet was `t`, waits no more. */
__noinline int end_waiting(struct sl_tuple *t, __u32 row, __u32 number)
{
	struct sl_account *account;
	struct sl_tenant *tenant;

	if (!t || !number)
		return 0;
	account = account_of(t, row);
	tenant = bpf_map_lookup_elem(&tenant_flows, &number);
	if (account)
		one_waits_less(account);
	if (tenant)
		__sync_fetch_and_add(&tenant->waiting, -1);
	return 1;
}

/* Whether the host has none any more. */
static __always_inline bool leave_host(const struct sl_tuple *t, __u32 row)
{
	struct sl_account *account;
	struct sl_host host;

	if (row) {
		account = bpf_map_lookup_elem(&host_shared, &row);
		return account && __sync_fetch_and_add(&account->flows, -1) == 1;
	}
	host_of(&t->source, t->vrf, t->family, &host);
	return uncount_host(&host_flows, &host) == HOST_HAS_NONE;
}

/* A flow of these accounts is gone. */
__noinline int leave_accounts(struct sl_tuple *t, __u32 row, __u32 number)
{
	struct sl_tenant *tenant;
	struct sl_gc_cursor *cursor;
	__u32 family;

	if (!t || !number)
		return 0;
	family = SL_GC_CURSOR_OF(t->family);
	cursor = gc_cursor_of(t->family);
	tenant = bpf_map_lookup_elem(&tenant_flows, &number);
	if (!cursor || !tenant)
		return 0;
	if (leave_host(t, row))
		__sync_fetch_and_add(&tenant->hosts[family], -1);
	if (__sync_fetch_and_add(&tenant->flows[family], -1) == 1)
		__sync_fetch_and_add(&cursor->tenants, -1);
	__sync_fetch_and_add(&cursor->live, -1);
	return 1;
}
