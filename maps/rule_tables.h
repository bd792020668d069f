/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The tables of the rules, which come in two generations (maps/layout.h): an array, a trie of longest prefixes or a hash.
 * ARRAY(name, value), TRIE(name, key, value), HASH(name, key, value). One line makes the map and the names of its fields for
 * bpftool, what the compiled rules have of it, what is written, and its part of the digest. What the rows mean is said where
 * their types are.
 */
#pragma once

#include "limit.h"
#include "rules.h"
#include "tunnel.h"

/* Of the policies alone: they are made once for a document, whatever the machine is like. */
#define SL_POLICY_TABLES(ARRAY, TRIE)                                     \
	ARRAY(policy_bits, struct sl_policy_bits)                         \
	TRIE(policy_source, struct sl_prefix_key, struct sl_policy_class) \
	TRIE(policy_dest, struct sl_prefix_key, struct sl_policy_class)   \
	TRIE(policy_service, struct sl_service_key, struct sl_policy_class)

#define SL_RULE_TABLES(ARRAY, TRIE, HASH)                        \
	ARRAY(zone_pairs, struct sl_zone_pair)                   \
	ARRAY(policy_rules, struct sl_policy_rule)               \
	ARRAY(masquerades, struct sl_masquerade)                 \
	ARRAY(pools, struct sl_pool)                             \
	ARRAY(limits, struct sl_limit)                           \
	ARRAY(limit_bits, struct sl_limit_set)                   \
	ARRAY(limit_rows, struct sl_limit_row)                   \
	TRIE(limit_service, struct sl_service_key, __u32)        \
	TRIE(prefixes, struct sl_prefix_key, __u32)              \
	TRIE(local_addr, struct sl_prefix_key, struct sl_local)  \
	TRIE(forwards, struct sl_forward_key, struct sl_forward) \
	ARRAY(backends, struct sl_backend_row)                   \
	TRIE(static_in, struct sl_prefix_key, struct sl_static)  \
	TRIE(static_out, struct sl_prefix_key, struct sl_static) \
	HASH(limit_forwards, __u32, __u32)                       \
	HASH(limit_sets, struct sl_limit_set, __u32)             \
	HASH(vlans, struct sl_vlan_key, __u32)                   \
	HASH(tunnels, struct sl_tunnel_key, struct sl_tunnel)
