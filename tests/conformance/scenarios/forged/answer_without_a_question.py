# SPDX-License-Identifier: GPL-2.0-or-later
"""An echo reply that nobody asked for does not leave."""

from harness import assert_dropped
from lab.home import INSIDE4, OUTSIDE4
from scapy.layers.inet import ICMP, IP


def scenario(house):
    reply = IP(src=INSIDE4, dst=OUTSIDE4) / ICMP(type=0, id=house.port() & 0xffff)
    assert_dropped(house, "inside", reply, "no-flow")
