# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever the inside sends, the wire outside carries no inside address."""

import socket

from harness import assert_silent
from lab.home import INSIDE4, OUTSIDE4
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import GRE


def scenario(house):
    port, ip, wan = house.port(), IP(src=INSIDE4, dst=OUTSIDE4), house.sniff("wan")
    error = ICMP(type=3, code=3) / IP(src=OUTSIDE4, dst=INSIDE4) / UDP(sport=9, dport=port + 3000)
    house.inject("inside", ip / UDP(sport=port, dport=9) / b"x", ip / TCP(sport=port, dport=9, flags="S"),
                 ip / TCP(sport=port + 1000, dport=9, flags="A"),
                 ip / TCP(sport=port + 2000, dport=9, flags="R"),
                 ip / ICMP(id=port), ip / ICMP(type=0, id=port + 1), ip / GRE(),
                 IP(src=INSIDE4, dst=OUTSIDE4, proto=50), ip / error)
    assert_silent(house, wan, wanted=lambda p: socket.inet_aton(INSIDE4) in bytes(p))
