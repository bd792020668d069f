/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * budgets: array, what somebody has used of what all share, so that one leaves something to the others. One table, because
 * a program may use 64. Its rows, in host order:
 *
 * from SL_BUDGET_FRAGMENTS:  datagrams in pieces that are open, by a secret hash of the source and its interface
 * from SL_BUDGET_UNANSWERED: the same of flows that were never answered, by a secret hash of the interface and VRF
 * from SL_BUDGET_ERRORS:     errors of this second that answer what came in by an interface, by its slot: 2 * slot all
 *                            but "too big", 2 * slot + 1 that
 * SL_BUDGET_PEERS:           rows of nat_peers
 * from SL_BUDGET_PEERS + 1:  those of an inside host, by a secret hash of its address (IPv6: its /64) and VRF
 * from SL_BUDGET_ASKED:      next hops that were asked for in this second, by a secret hash of them, which is their count as well
 * from SL_BUDGET_ASKERS:     how many a source asked for in this second, by a secret hash of it
 * from SL_BUDGET_ASKING:     the same of an interface that packets leave by, by its slot: 2 * slot IPv4, 2 * slot + 1 IPv6
 * from SL_BUDGET_EVENTS:     places of the last ones in the ring of events that a VRF had, by its number; anew by what was read
 * from SL_BUDGET_QUESTIONS:  new rows of questions within SL_QUESTION_SECONDS of a VRF, by its number
 * SL_BUDGET_ANY_QUESTION:    of those, beyond what is kept for each
 * from SL_BUDGET_SENDERS:    new neighbours of this second that ask the gateway itself, by the slot of the interface that they come in
 *                            by: 2 * slot IPv4, 2 * slot + 1 IPv6
 *
 * Whose hash is the same shares a row.
 */
#pragma once

#include "layout.h"

#define SL_BUDGET_FRAGMENT_ROWS 4096
#define SL_BUDGET_UNANSWERED_ROWS 256
#define SL_BUDGET_PEER_ROWS 4096
#define SL_BUDGET_ASKED_ROWS 4096
#define SL_BUDGET_ASKER_ROWS 4096
#define SL_BUDGET_EVENT_ROWS 256
#define SL_BUDGET_QUESTION_ROWS 256

#define SL_BUDGET_FRAGMENTS 0
#define SL_BUDGET_UNANSWERED (SL_BUDGET_FRAGMENTS + SL_BUDGET_FRAGMENT_ROWS)
#define SL_BUDGET_ERRORS (SL_BUDGET_UNANSWERED + SL_BUDGET_UNANSWERED_ROWS)
#define SL_BUDGET_PEERS (SL_BUDGET_ERRORS + 2 * SL_MAX_SLOTS)
#define SL_BUDGET_ASKED (SL_BUDGET_PEERS + 1 + SL_BUDGET_PEER_ROWS)
#define SL_BUDGET_ASKERS (SL_BUDGET_ASKED + SL_BUDGET_ASKED_ROWS)
#define SL_BUDGET_ASKING (SL_BUDGET_ASKERS + SL_BUDGET_ASKER_ROWS)
#define SL_BUDGET_EVENTS (SL_BUDGET_ASKING + 2 * SL_MAX_SLOTS)
#define SL_BUDGET_QUESTIONS (SL_BUDGET_EVENTS + SL_BUDGET_EVENT_ROWS)
#define SL_BUDGET_ANY_QUESTION (SL_BUDGET_QUESTIONS + SL_BUDGET_QUESTION_ROWS)
#define SL_BUDGET_SENDERS (SL_BUDGET_ANY_QUESTION + 1)
#define SL_BUDGETS (SL_BUDGET_SENDERS + 2 * SL_MAX_SLOTS)

struct sl_budget {
	__u32 since; /* where it begins anew after a time: when it did, in jiffies or what is counted instead */
	__s32 count;
};
SL_ASSERT_SIZE(struct sl_budget, 8);
