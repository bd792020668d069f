/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps of the configuration, the rules and the counters; of live state in state/maps.h. Both hooks and
 * the garbage collector (gc.bpf.c) share them through their pins.
 */
#pragma once

#include <bpf/bpf_core_read.h>

#include "bpf/base/types.h"

#include "maps/config.h"
#include "maps/counters.h"
#include "maps/interface.h"
#include "maps/layout.h"
#include "maps/rule_tables.h"
#include "maps/rules.h"

#define PINNED __uint(pinning, LIBBPF_PIN_BY_NAME)

/*
 * A call that stays one of its own. Where two branches ask two maps the compiler makes one call of both, and the
 * kernel, which then does not know the map, cannot put the map's own code in the place of the helper.
 */
#define apart(call)                                                  \
	({                                                           \
		typeof(call) answer_ = (call);                       \
		asm volatile("" : "+r"(answer_) : "i"(__COUNTER__)); \
		answer_;                                             \
	})

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sl_config);
	PINNED;
} config SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SL_GENERATIONS * SL_MAX_IFINDEX);
	__type(key, __u32);
	__type(value, struct sl_interface);
	PINNED;
} interfaces SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SL_MAX_SLOTS);
	__type(key, __u32);
	__type(value, struct sl_iface_counters);
	PINNED;
} iface_counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SL_MAX_SLOTS);
	__type(key, __u32);
	__type(value, struct sl_drops);
	PINNED;
} drop_counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SL_PATH_COUNTS);
	__type(key, __u32);
	__type(value, __u64);
	PINNED;
} path_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SL_MAX_OBJECTS);
	__type(key, __u32);
	__type(value, struct sl_object_count);
	PINNED;
} object_counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SL_MAX_ENDPOINTS);
	__type(key, __u32);
	__type(value, struct sl_endpoint_count);
	PINNED;
} endpoint_counters SEC(".maps");

/* Written and read by the daemon, and by operators with bpftool: number -> name. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SL_MAX_OBJECTS);
	__type(key, __u32);
	__type(value, struct sl_object_name);
	PINNED;
} object_names SEC(".maps");

/* Devices that XDP may redirect to, index = ifindex. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, SL_MAX_IFINDEX);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	PINNED;
} tx_ports SEC(".maps");

/* The rest come in two generations (maps/rule_tables.h). Each inner map is as large as the rules need. */
#define GENERATIONS_OF_ARRAY(name, value_type)            \
	struct name##_inner {                             \
		__uint(type, BPF_MAP_TYPE_ARRAY);         \
		__uint(map_flags, BPF_F_INNER_MAP);       \
		__uint(max_entries, 1);                   \
		__type(key, __u32);                       \
		__type(value, value_type);                \
	};                                                \
	struct {                                          \
		__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); \
		__uint(max_entries, SL_GENERATIONS);      \
		__type(key, __u32);                       \
		PINNED;                                   \
		__array(values, struct name##_inner);     \
	} name SEC(".maps");

#define GENERATIONS_OF_TRIE(name, key_type, value_type)   \
	struct name##_inner {                             \
		__uint(type, BPF_MAP_TYPE_LPM_TRIE);      \
		__uint(map_flags, BPF_F_NO_PREALLOC);     \
		__uint(max_entries, 1);                   \
		__type(key, key_type);                    \
		__type(value, value_type);                \
	};                                                \
	struct {                                          \
		__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); \
		__uint(max_entries, SL_GENERATIONS);      \
		__type(key, __u32);                       \
		PINNED;                                   \
		__array(values, struct name##_inner);     \
	} name SEC(".maps");

#define GENERATIONS_OF_HASH(name, key_type, value_type)   \
	struct name##_inner {                             \
		__uint(type, BPF_MAP_TYPE_HASH);          \
		__uint(max_entries, 1);                   \
		__type(key, key_type);                    \
		__type(value, value_type);                \
	};                                                \
	struct {                                          \
		__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); \
		__uint(max_entries, SL_GENERATIONS);      \
		__type(key, __u32);                       \
		PINNED;                                   \
		__array(values, struct name##_inner);     \
	} name SEC(".maps");

SL_POLICY_TABLES(GENERATIONS_OF_ARRAY, GENERATIONS_OF_TRIE)
SL_RULE_TABLES(GENERATIONS_OF_ARRAY, GENERATIONS_OF_TRIE, GENERATIONS_OF_HASH)

/*
 * clang describes a type in full only where something needs it whole, and keys of inner maps are
 * reached through two pointers: without this, user space and bpftool could not name their fields.
 */
#define DESCRIBED_VALUE(name, value_type) +bpf_core_type_id_local(value_type)
#define DESCRIBED_ROW(name, key_type, value_type) +bpf_core_type_id_local(key_type) + bpf_core_type_id_local(value_type)

static __always_inline __u64 describe_types(void)
{
	return SL_POLICY_TABLES(DESCRIBED_VALUE, DESCRIBED_ROW)
		SL_RULE_TABLES(DESCRIBED_VALUE, DESCRIBED_ROW, DESCRIBED_ROW);
}

/* A row of an array that has two generations, by the packet's view of the rules. */
static __always_inline void *rules_find(void *outer, __u32 version, const void *key)
{
	__u32 slot = SL_SLOT_OF(version);
	void *inner = bpf_map_lookup_elem(outer, &slot);

	return inner ? bpf_map_lookup_elem(inner, key) : NULL;
}

static __always_inline struct sl_interface *interface_find(__u32 version, __u32 ifindex)
{
	__u32 row = SL_SLOT_OF(version) * SL_MAX_IFINDEX + ifindex;

	return ifindex < SL_MAX_IFINDEX ? bpf_map_lookup_elem(&interfaces, &row) : NULL;
}

/* How many rows a map was made with; the kernel's own word for it, so that it is never another one's. */
struct bpf_map {
	__u32 max_entries;
} __attribute__((preserve_access_index));

static __always_inline __u32 rows_of(void *map)
{
	return ((struct bpf_map *)map)->max_entries;
}

static __always_inline void count_path(__u32 row)
{
	__u64 *count = bpf_map_lookup_elem(&path_counts, &row);

	if (count)
		(*count)++;
}

static __always_inline struct sl_config *config_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&config, &zero);
}
