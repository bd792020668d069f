# SPDX-License-Identifier: GPL-2.0-or-later
"""A VRF without a route answers "unreachable", whatever way the main table knows."""

import pytest
from harness import TENANT4, TENANT6, assert_silent, tenants
from harness.silence import is_answer, mark
from lab.home import INSIDE4, INSIDE6, OUTSIDE4, OUTSIDE6
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6


def document(home):
    tenants(home, routes=[])


@pytest.mark.parametrize("target", [OUTSIDE4, INSIDE4, OUTSIDE6, INSIDE6])
def scenario(house, target):
    lan, wan, red, text = house.sniff("lan"), house.sniff("wan"), house.sniff("red"), mark()
    ip = IPv6(src=TENANT6, dst=target) if ":" in target else IP(src=TENANT4, dst=target)
    house.inject("red", ip / UDP(sport=house.port(), dport=7000) / text)
    red.wait_for("an answer", is_answer, within=3)
    assert_silent(house, lan, wan, wanted=lambda p: text in bytes(p))
