# SPDX-License-Identifier: GPL-2.0-or-later
"""The hop limit goes down by one, and nothing else of the header changes."""

from lab.home import INSIDE6, OUTSIDE6
from scapy.layers.inet import UDP
from scapy.layers.inet6 import IPv6


def scenario(house):
    wan, port = house.sniff("wan"), house.port()
    ip = IPv6(src=INSIDE6, dst=OUTSIDE6, tc=0xb8, fl=0x12345)
    house.inject("inside", ip / UDP(sport=port, dport=9) / b"x")
    seen = wan.wait_for("the datagram", lambda p: UDP in p and p[UDP].sport == port)[IPv6]
    assert (seen.hlim, seen.tc, seen.fl, seen.src, seen.dst) == (63, 0xb8, 0x12345, INSIDE6, OUTSIDE6)
