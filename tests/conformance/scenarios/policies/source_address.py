# SPDX-License-Identifier: GPL-2.0-or-later
"""A policy may speak of one host only: its neighbour is another's affair."""

from harness import assert_dropped, clients, policy
from lab.home import INSIDE4, OUTSIDE4, SECOND4, WAN4
from scapy.layers.inet import IP, TCP


def document(home):
    home["policies"] = [policy("one-host", "lan", "internet", source=INSIDE4)]


def scenario(house):
    assert clients.tcp_peer(house.inside, OUTSIDE4, 7000).address == WAN4
    assert_dropped(house, "second",
                   IP(src=SECOND4, dst=OUTSIDE4) / TCP(sport=house.port(), dport=7000, flags="S"), "policy")
