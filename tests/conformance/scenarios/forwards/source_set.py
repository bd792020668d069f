# SPDX-License-Identifier: GPL-2.0-or-later
"""A forward with a source set serves its members; others are counted as refused by it."""

from harness import assert_dropped, clients
from lab.home import OTHER_OUTSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, TCP


def scenario(house):
    assert clients.tcp_peer(house.outside, WAN4, 2222, source=(OTHER_OUTSIDE4, 0)).address == OTHER_OUTSIDE4
    syn = IP(src=OUTSIDE4, dst=WAN4) / TCP(sport=house.port(), dport=2222, flags="S")
    assert_dropped(house, "outside", syn, "forward-source")
