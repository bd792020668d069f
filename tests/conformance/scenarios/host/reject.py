# SPDX-License-Identifier: GPL-2.0-or-later
"""A rejected connection to the gateway is refused at once."""

import pytest
from harness import assert_rejected, policy
from lab.home import OUTSIDE4, OUTSIDE6, WAN4, WAN6
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6


def document(home):
    home["policies"].append(policy("no-web", "internet", "host", "reject", protocol="tcp", ports=8000))


@pytest.mark.parametrize("ip", [IP(src=OUTSIDE4, dst=WAN4), IPv6(src=OUTSIDE6, dst=WAN6)],
                         ids=["ipv4", "ipv6"])
def scenario(house, ip):
    assert_rejected(house, "outside", ip / TCP(sport=house.port(), dport=8000, flags="S"),
                    lambda answer: TCP in answer and answer[type(ip)].src == ip.dst)
