# SPDX-License-Identifier: GPL-2.0-or-later
"""A list of ports and ranges means each of them, the ends included, and nothing beside."""

import pytest
from harness import assert_dropped, policy
from lab.home import INSIDE4, OUTSIDE4
from scapy.layers.inet import IP, UDP


def document(home):
    home["policies"] = [policy("listed", "lan", "internet", protocol="udp", ports=[5000, "5100-5110"])]


@pytest.mark.parametrize("ports", [(5000, 4999), (5100, 5099), (5110, 5111)], ids=str)
def scenario(house, ports):
    listed, beside = (IP(src=INSIDE4, dst=OUTSIDE4) / UDP(sport=house.port(), dport=port) for port in ports)
    gained, wan = house.gained(), house.sniff("wan")
    house.inject("inside", listed / b"listed")
    wan.wait_for("the datagram", lambda p: UDP in p and p[UDP].dport == ports[0])
    assert gained.policy("listed")["flows"] == 1
    assert_dropped(house, "inside", beside, "policy")
