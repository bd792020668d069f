# SPDX-License-Identifier: GPL-2.0-or-later
"""Between two zones passes nothing of which no policy speaks."""

import pytest
from harness import assert_dropped
from lab.home import INSIDE6, OUTSIDE6, SECOND6
from scapy.layers.inet import TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6


@pytest.mark.parametrize("packet", [
    IPv6(src=OUTSIDE6, dst=INSIDE6) / TCP(sport=4000, dport=9999, flags="S"),
    IPv6(src=OUTSIDE6, dst=INSIDE6) / UDP(sport=4000, dport=8080),
    IPv6(src=OUTSIDE6, dst=SECOND6) / TCP(sport=4000, dport=8080, flags="S"),
    IPv6(src=OUTSIDE6, dst=INSIDE6) / ICMPv6EchoRequest(id=4000),
], ids=["port", "protocol", "host", "echo"])
def scenario(house, packet):
    assert_dropped(house, "outside", packet, "policy")
