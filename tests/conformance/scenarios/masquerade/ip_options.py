# SPDX-License-Identifier: GPL-2.0-or-later
"""Options in the IP header cross, and the ports behind them are translated."""

from lab.home import INSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, UDP


def scenario(house):
    port, wan = house.port(), house.sniff("wan")
    ip = IP(src=INSIDE4, dst=OUTSIDE4, options=[b"\x01\x01\x01\x00"])
    house.inject("inside", ip / UDP(sport=port, dport=9) / b"options")
    seen = wan.wait_for("the datagram", lambda p: UDP in p and p[UDP].sport == port)
    assert seen[IP].src == WAN4 and bytes(seen[UDP].payload) == b"options" and seen[IP].ihl == 6
