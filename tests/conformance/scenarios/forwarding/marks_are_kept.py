# SPDX-License-Identifier: GPL-2.0-or-later
"""The DSCP and ECN bits cross unchanged, and the TTL goes down by one."""

from lab.home import INSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, UDP


def scenario(house):
    wan, port = house.sniff("wan"), house.port()
    house.inject("inside", IP(src=INSIDE4, dst=OUTSIDE4, tos=0xba, ttl=77) / UDP(sport=port, dport=9) / b"x")
    seen = wan.wait_for("the datagram", lambda p: UDP in p and p[UDP].sport == port)[IP]
    assert (seen.tos, seen.ttl, seen.src) == (0xba, 76, WAN4)
