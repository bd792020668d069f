# SPDX-License-Identifier: GPL-2.0-or-later
"""A rejected datagram is reported to its sender by the gateway."""

import pytest
from harness import assert_rejected
from lab.home import INSIDE4, INSIDE6, LAN4, LAN6, OUTSIDE4, OUTSIDE6
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import ICMPv6DestUnreach, IPv6


@pytest.mark.parametrize("ip, error, gateway", [
    (IP(src=INSIDE4, dst=OUTSIDE4), ICMP, LAN4),
    (IPv6(src=INSIDE6, dst=OUTSIDE6), ICMPv6DestUnreach, LAN6),
], ids=["ipv4", "ipv6"])
def scenario(house, ip, error, gateway):
    assert_rejected(house, "inside", ip / UDP(sport=house.port(), dport=23),
                    lambda answer: error in answer and answer[type(ip)].src == gateway)
