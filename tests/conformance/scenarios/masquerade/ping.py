# SPDX-License-Identifier: GPL-2.0-or-later
"""Ping leaves with the gateway's address and its answer finds the way back."""

from harness import clients
from lab.home import OUTSIDE4, WAN4
from scapy.layers.inet import ICMP, IP


def scenario(house):
    wan = house.sniff("wan")
    clients.ping(house.inside, OUTSIDE4, count=3)
    echo = wan.wait_for("an echo request", lambda p: ICMP in p and p[ICMP].type == 8)
    assert (echo[IP].src, echo[IP].ttl) == (WAN4, 63)
