# SPDX-License-Identifier: GPL-2.0-or-later
"""A forward of TCP is none of UDP."""

from harness import assert_dropped
from lab.home import OUTSIDE4, WAN4
from scapy.layers.inet import IP, UDP


def scenario(house):
    assert_dropped(house, "outside", IP(src=OUTSIDE4, dst=WAN4) / UDP(sport=house.port(), dport=80), "policy")
