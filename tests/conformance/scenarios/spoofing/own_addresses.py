# SPDX-License-Identifier: GPL-2.0-or-later
"""Nobody may speak with an address of the gateway itself."""

import pytest
from harness import assert_dropped
from lab.home import INSIDE4, LAN4, LAN6, OUTSIDE4, OUTSIDE6, WAN4
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6


@pytest.mark.parametrize("sender, ip", [
    ("outside", IP(src=WAN4, dst=WAN4)), ("outside", IP(src=LAN4, dst=INSIDE4)),
    ("inside", IP(src=LAN4, dst=OUTSIDE4)), ("inside", IP(src=WAN4, dst=OUTSIDE4)),
    ("inside", IPv6(src=LAN6, dst=OUTSIDE6)),
], ids=["wan-to-itself", "lan-from-outside", "lan", "wan-from-inside", "lan6"])
def scenario(house, sender, ip):
    assert_dropped(house, sender, ip / UDP(sport=house.port(), dport=8080), "own-source")
