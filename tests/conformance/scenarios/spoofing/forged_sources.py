# SPDX-License-Identifier: GPL-2.0-or-later
"""A source whose way back leads elsewhere is forged, wherever it comes from."""

import pytest
from harness import assert_dropped
from lab.home import FAR4, INSIDE4, INSIDE6, OUTSIDE4, OUTSIDE6, SECOND4, SECOND6, WAN4
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6


@pytest.mark.parametrize("sender, ip", [
    ("outside", IP(src=SECOND4, dst=INSIDE4)), ("outside", IP(src=SECOND4, dst=WAN4)),
    ("outside", IPv6(src=SECOND6, dst=INSIDE6)),
    ("inside", IP(src=FAR4, dst=OUTSIDE4)), ("inside", IPv6(src="2001:db8:77::1", dst=OUTSIDE6)),
], ids=["inside-from-outside", "to-the-gateway", "ipv6", "foreign-from-inside", "foreign-from-inside6"])
def scenario(house, sender, ip):
    assert_dropped(house, sender, ip / UDP(sport=house.port(), dport=8080), "spoofed")
