# SPDX-License-Identifier: GPL-2.0-or-later
"""A set of 3,000 networks is searched as fast as one of three, and holds what it should."""

from harness import assert_dropped, clients, policy
from lab.home import INSIDE4, OUTSIDE4, SECOND4, WAN4
from scapy.layers.inet import IP, UDP


def document(home):
    networks = [f"10.{high}.{low}.0/25" for high in range(12) for low in range(250)]
    home["sets"]["many"] = [*networks, INSIDE4]
    home["policies"] = [policy("many-out", "lan", "internet", source="many")]


def scenario(house):
    assert clients.udp_peer(house.inside, OUTSIDE4, 7000).address == WAN4
    datagram = IP(src=SECOND4, dst=OUTSIDE4) / UDP(sport=house.port(), dport=7000)
    assert_dropped(house, "second", datagram, "policy")
