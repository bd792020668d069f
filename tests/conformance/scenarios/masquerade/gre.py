# SPDX-License-Identifier: GPL-2.0-or-later
"""A protocol without ports leaves with the gateway's address, and its answer comes back."""

from lab.home import INSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import IP
from scapy.layers.l2 import GRE


def gre(source, target, key):
    return IP(src=source, dst=target) / GRE(key_present=1, key=key) / b"payload"


def scenario(house):
    lan, wan = house.sniff("lan"), house.sniff("wan")
    question, answer = house.port(), house.port()
    house.inject("inside", gre(INSIDE4, OUTSIDE4, question))
    assert wan.wait_for("the packet", lambda p: GRE in p and p[GRE].key == question)[IP].src == WAN4
    house.inject("outside", gre(OUTSIDE4, WAN4, answer))
    assert lan.wait_for("the answer", lambda p: GRE in p and p[GRE].key == answer)[IP].dst == INSIDE4
