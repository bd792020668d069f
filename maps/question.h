/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * questions: LRU hash of SL_QUESTION_ROWS, UDP endpoint that asked a service of the gateway, and its port -> in which VRF
 *     that was, and by which address. A service that is bound to no device answers by the main table; by this its answer
 *     finds the VRF and the address that were asked. Only where the document has VRFs. How many of them a VRF makes
 *     anew is bounded, see SL_QUESTION_SECONDS.
 */
#pragma once

#include "layout.h"

#define SL_QUESTION_ROWS 32768

/*
 * So long a row is there, whoever floods: in two such times no more are made than there are rows, with what CPUs hold back.
 * Each VRF has its part of those kept apart, the main one too; the others belong to whoever comes.
 */
#define SL_QUESTION_SECONDS 4
#define SL_QUESTIONS_KEPT (SL_QUESTION_ROWS / 4)
#define SL_QUESTIONS_OF_ANY (SL_QUESTION_ROWS / 8)

struct sl_question_key {
	struct sl_addr peer;
	__be16 peer_port;
	__be16 port; /* of the service */
};
SL_ASSERT_SIZE(struct sl_question_key, 20);

struct sl_question {
	SL_SHIFT
	struct sl_addr asked; /* address of the gateway */
	__u32 ifindex;        /* that the last question came in by; answers leave by it */
	__u32 stamp;          /* jiffies of the last question */
	__u32 rival;          /* jiffies until which nobody knows whose the answers are; see `contested` */
	__u16 vrf;
	__u16 contested; /* 1: the same endpoint of two VRFs has asked */
};
SL_ASSERT_SIZE(struct sl_question, 32);
