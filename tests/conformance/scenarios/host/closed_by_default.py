# SPDX-License-Identifier: GPL-2.0-or-later
"""A port of the gateway that no policy opens is closed, to both sides, on every address."""

import pytest
from harness import assert_dropped
from lab.home import INSIDE4, INSIDE6, LAN4, LAN6, OUTSIDE4, OUTSIDE6, WAN4, WAN6
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6


@pytest.mark.parametrize("sender, ip", [
    ("outside", IP(src=OUTSIDE4, dst=WAN4)), ("outside", IPv6(src=OUTSIDE6, dst=WAN6)),
    ("inside", IP(src=INSIDE4, dst=LAN4)), ("inside", IPv6(src=INSIDE6, dst=LAN6)),
    ("inside", IP(src=INSIDE4, dst=WAN4)),
], ids=["outside", "outside6", "inside", "inside6", "inside-to-wan"])
def scenario(house, sender, ip):
    assert_dropped(house, sender, ip / TCP(sport=house.port(), dport=8000, flags="S"), "policy")
