# SPDX-License-Identifier: GPL-2.0-or-later
"""A policy that names addresses of one family says nothing about the other, and icmp is not icmpv6."""

import pytest
from harness import assert_dropped, clients, policy
from lab.home import INSIDE4, INSIDE6, OUTSIDE4, OUTSIDE6
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6


def document(home):
    home["policies"] = [policy("six", "lan", "internet", source="2001:db8:10::/64", protocol="udp"),
                        policy("four", "lan", "internet", protocol="icmp")]


@pytest.mark.parametrize("refused", [IP(src=INSIDE4, dst=OUTSIDE4) / UDP(dport=7000),
                                     IPv6(src=INSIDE6, dst=OUTSIDE6) / ICMPv6EchoRequest(id=77)],
                         ids=["udp", "icmpv6"])
def scenario(house, refused):
    assert clients.udp_outcome(house.inside, OUTSIDE6, 7000) == "answered"
    clients.ping(house.inside, OUTSIDE4)
    assert_dropped(house, "inside", refused, "policy")
