# SPDX-License-Identifier: GPL-2.0-or-later
"""An error that is sent to somebody else than the sender of what it quotes goes nowhere."""

from harness import assert_silent, clients
from harness.frames import is_icmp
from lab.home import INSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import ICMP, IP, UDP


def scenario(house):
    lan, port = house.sniff("lan"), house.port()
    clients.udp_peer(house.inside, OUTSIDE4, 7000, source=("", port))
    quoted = IP(src=WAN4, dst=OUTSIDE4) / UDP(sport=port, dport=7000) / b"who am I?"
    house.inject("outside", IP(src=OUTSIDE4, dst=INSIDE4) / ICMP(type=3, code=3) / quoted)
    assert_silent(house, lan, wanted=is_icmp(3, 3))
