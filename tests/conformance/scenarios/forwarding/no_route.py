# SPDX-License-Identifier: GPL-2.0-or-later
"""Where no route leads, the sender is told."""

from harness import assert_rejected
from harness.frames import is_unreachable
from lab.home import INSIDE4, LAN4
from scapy.layers.inet import IP, UDP


def scenario(house):
    house.gateway.ip("route del default")
    house.lab.defer(house.home.route_gateway)
    assert_rejected(house, "inside", IP(src=INSIDE4, dst="198.18.0.1") / UDP(sport=house.port(), dport=9),
                    lambda answer: is_unreachable(answer) and answer[IP].src == LAN4, reason="no-route")
