# SPDX-License-Identifier: GPL-2.0-or-later
"""Protocols are told apart by number: GRE passes, ESP does not."""

from harness import assert_dropped, policy
from lab.home import INSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import IP
from scapy.layers.l2 import GRE


def document(home):
    home["policies"] = [policy("tunnels", "lan", "internet", protocol=47)]


def scenario(house):
    wan = house.sniff("wan")
    house.inject("inside", IP(src=INSIDE4, dst=OUTSIDE4) / GRE(key_present=1, key=house.port()))
    assert wan.wait_for("GRE", lambda p: GRE in p)[IP].src == WAN4
    assert_dropped(house, "inside", IP(src=INSIDE4, dst=OUTSIDE4, proto=50), "policy")
