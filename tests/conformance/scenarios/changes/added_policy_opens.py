# SPDX-License-Identifier: GPL-2.0-or-later
"""A policy that comes opens its port with the end of the apply."""

from harness import assert_dropped, clients, policy
from lab.home import OUTSIDE4, WAN4
from scapy.layers.inet import IP, TCP


def opened(home):
    home["policies"].append(policy("status-page", "internet", "host", protocol="tcp", ports=8000))


def scenario(house):
    syn = IP(src=OUTSIDE4, dst=WAN4) / TCP(sport=house.port(), dport=8000, flags="S")
    assert_dropped(house, "outside", syn, "policy")
    house.apply(opened)
    assert clients.tcp_peer(house.outside, WAN4, 8000).address == OUTSIDE4
