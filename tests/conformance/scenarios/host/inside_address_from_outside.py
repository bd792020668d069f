# SPDX-License-Identifier: GPL-2.0-or-later
"""The gateway's inside address is none to ask for from outside, where a masquerade hides that side."""

from harness import assert_dropped
from lab.home import LAN4, OUTSIDE4
from scapy.layers.inet import ICMP, IP


def scenario(house):
    assert_dropped(house, "outside", IP(src=OUTSIDE4, dst=LAN4) / ICMP(id=house.port()), "inside-address")
