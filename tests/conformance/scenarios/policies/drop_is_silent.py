# SPDX-License-Identifier: GPL-2.0-or-later
"""A policy that drops says nothing to the sender, and counts."""

import pytest
from harness import assert_dropped
from lab.home import INSIDE4, INSIDE6, OUTSIDE4, OUTSIDE6
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6


def document(home):
    home["policies"][0]["action"] = "drop"


@pytest.mark.parametrize("ip", [IP(src=INSIDE4, dst=OUTSIDE4), IPv6(src=INSIDE6, dst=OUTSIDE6)],
                         ids=["ipv4", "ipv6"])
def scenario(house, ip):
    assert_dropped(house, "inside", ip / TCP(sport=house.port(), dport=23, flags="S"), "policy")
