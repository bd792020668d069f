# SPDX-License-Identifier: GPL-2.0-or-later
"""Where two inside hosts speak a protocol without ports to the same peer, the answers stay with the first."""

from harness import assert_silent
from lab.home import INSIDE4, OUTSIDE4, SECOND4, WAN4
from scapy.layers.inet import IP
from scapy.layers.l2 import GRE


def gre(source, target, key):
    return IP(src=source, dst=target) / GRE(key_present=1, key=key) / b"payload"


def scenario(house):
    lan, wan = house.sniff("lan"), house.sniff("wan")
    first, second, answer = house.port(), house.port(), house.port()
    house.inject("inside", gre(INSIDE4, OUTSIDE4, first))
    wan.wait_for("the first host's", lambda p: GRE in p and p[GRE].key == first)
    house.inject("second", gre(SECOND4, OUTSIDE4, second))
    assert_silent(house, wan, wanted=lambda p: GRE in p and p[GRE].key == second)
    house.inject("outside", gre(OUTSIDE4, WAN4, answer))
    assert lan.wait_for("the answer", lambda p: GRE in p and p[GRE].key == answer)[IP].dst == INSIDE4
