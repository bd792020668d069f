# SPDX-License-Identifier: GPL-2.0-or-later
"""Sources that no routed packet may have are refused (RFC 1812, RFC 6890)."""

import pytest
from harness import assert_dropped
from lab.home import OUTSIDE4
from scapy.layers.inet import IP, UDP


@pytest.mark.parametrize("source", ["127.0.0.1", "224.0.0.5", "255.255.255.255", "0.0.0.0", "0.1.2.3"])
def scenario(house, source):
    datagram = UDP(sport=house.port(), dport=7000)
    assert_dropped(house, "inside", IP(src=source, dst=OUTSIDE4) / datagram, "bad-address")
