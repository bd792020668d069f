/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The interface that a packet counts as received by. */
#pragma once

#include "bpf/base/types.h"

#include "maps/interface.h"

static __always_inline void note_interface(struct pkt *p, const struct sl_interface *dev)
{
	p->zone = dev->zone;
	p->slot = dev->slot;
	p->vrf = dev->vrf;
	p->dev = dev->flags;
	p->mtu_in = dev->mtu > 0xffff ? 0xffff : dev->mtu;
}
