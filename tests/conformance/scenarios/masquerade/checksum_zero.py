# SPDX-License-Identifier: GPL-2.0-or-later
"""A datagram without a checksum leaves without one."""

from lab.home import INSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, UDP


def scenario(house):
    port, wan = house.port(), house.sniff("wan")
    house.inject("inside", IP(src=INSIDE4, dst=OUTSIDE4) / UDP(sport=port, dport=9, chksum=0) / b"unchecked")
    seen = wan.wait_for("the datagram", lambda p: UDP in p and p[UDP].sport == port)
    assert (seen[IP].src, seen[UDP].chksum) == (WAN4, 0)
