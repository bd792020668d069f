# SPDX-License-Identifier: GPL-2.0-or-later
"""A policy from zone `host` holds for the gateway itself."""

from harness import assert_silent, clients, policy
from lab.home import OUTSIDE4, WAN4
from scapy.layers.inet import UDP


def document(home):
    home["policies"].append(policy("quiet", "host", "internet", "drop", protocol="udp", ports=7000))


def scenario(house):
    wan = house.sniff("wan")
    assert clients.udp_outcome(house.gateway, OUTSIDE4, 7000, timeout=0.05) != "answered"
    assert_silent(house, wan, wanted=lambda p: UDP in p and p[UDP].dport == 7000)
    assert clients.tcp_peer(house.gateway, OUTSIDE4, 7000).address == WAN4
