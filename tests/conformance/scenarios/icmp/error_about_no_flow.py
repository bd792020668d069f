# SPDX-License-Identifier: GPL-2.0-or-later
"""An invented error about a flow that never was goes nowhere."""

from harness import assert_silent
from harness.frames import is_icmp
from lab.home import OUTSIDE4, WAN4
from scapy.layers.inet import ICMP, IP, UDP


def scenario(house):
    lan, port = house.sniff("lan"), house.port()
    quoted = IP(src=WAN4, dst=OUTSIDE4) / UDP(sport=port, dport=9)
    house.inject("outside", IP(src=OUTSIDE4, dst=WAN4) / ICMP(type=3, code=3) / quoted)
    assert_silent(house, lan, wanted=is_icmp(3, 3))
