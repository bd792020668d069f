# SPDX-License-Identifier: GPL-2.0-or-later
"""A set with both families says where the inside may go."""

from harness import assert_dropped, clients, policy
from lab.home import FAR4, FAR6, INSIDE4, INSIDE6, OUTSIDE4, OUTSIDE6, WAN4
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6


def document(home):
    home["sets"]["servers"] = ["198.51.100.0/24", OUTSIDE6]
    home["policies"] = [policy("servers-only", "lan", "internet", destination="servers")]


def scenario(house):
    assert clients.udp_peer(house.inside, FAR4, 7000).address == WAN4
    assert clients.udp_peer(house.inside, OUTSIDE6, 7000).address == INSIDE6
    port = house.port()
    assert_dropped(house, "inside", IP(src=INSIDE4, dst=OUTSIDE4) / UDP(sport=port, dport=7000), "policy")
    assert_dropped(house, "inside", IPv6(src=INSIDE6, dst=FAR6) / UDP(sport=port, dport=7000), "policy")
