# SPDX-License-Identifier: GPL-2.0-or-later
"""A static mapping of a prefix keeps the host's part of the address, in both directions."""

import pytest
from harness import clients, policy, static
from lab.home import OUTSIDE4


def document(home):
    home["policies"].append(policy("all-in", "internet", "lan", protocol="tcp", ports=8080))
    home["nat"]["static"] = [static("block", "203.0.113.64/30", "192.168.10.0/30")]


@pytest.mark.parametrize("name, outside", [("inside", "203.0.113.66"), ("second", "203.0.113.67")])
def scenario(house, name, outside):
    house.route_outside("203.0.113.64/30")
    lan, port = house.sniff("lan"), house.port()
    assert clients.tcp_peer(house.hosts[name], OUTSIDE4, 7000, source=("", port)) == (outside, port)
    # A port of its own: one that went to the same machine by another address has a flow, and two cannot have the same answers.
    assert clients.tcp_peer(house.outside, outside, 8080, source=("", house.port())).address == OUTSIDE4
    assert lan.packets()
