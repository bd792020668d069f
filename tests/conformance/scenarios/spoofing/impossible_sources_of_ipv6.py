# SPDX-License-Identifier: GPL-2.0-or-later
"""Sources that no routed IPv6 packet may have do not cross (RFC 4291)."""

import pytest
from harness import assert_silent
from harness.silence import mark
from lab.home import OUTSIDE6
from scapy.layers.inet import UDP
from scapy.layers.inet6 import IPv6


@pytest.mark.parametrize("source", ["::", "::1", "::203.0.113.9", "ff02::1", "fe80::2"])
def scenario(house, source):
    wan, text = house.sniff("wan"), mark()
    house.inject("inside", IPv6(src=source, dst=OUTSIDE6) / UDP(sport=house.port(), dport=7000) / text)
    assert_silent(house, wan, wanted=lambda p: text in bytes(p))
