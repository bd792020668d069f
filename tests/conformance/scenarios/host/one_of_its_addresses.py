# SPDX-License-Identifier: GPL-2.0-or-later
"""A policy to the gateway may open one of its addresses only."""

from harness import assert_dropped, clients, policy
from lab.home import INSIDE4, LAN4, WAN4
from scapy.layers.inet import IP, TCP


def document(home):
    home["policies"].append(policy("status-page", "lan", "host", destination=LAN4, protocol="tcp",
                                   ports=8000))


def scenario(house):
    assert clients.tcp_peer(house.inside, LAN4, 8000).address == INSIDE4
    syn = IP(src=INSIDE4, dst=WAN4) / TCP(sport=house.port(), dport=8000, flags="S")
    assert_dropped(house, "inside", syn, "policy")
