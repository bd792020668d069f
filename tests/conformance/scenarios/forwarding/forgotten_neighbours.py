# SPDX-License-Identifier: GPL-2.0-or-later
"""Neighbours are asked for again when they were forgotten, and nothing is lost for long."""

import pytest
from harness import clients
from lab.home import OUTSIDE4, OUTSIDE6, WAN4


@pytest.mark.parametrize("address", [OUTSIDE4, OUTSIDE6])
def scenario(house, address):
    for host, device in ((house.gateway, "wan"), (house.gateway, "lan"), (house.inside, "eth0"),
                         (house.outside, "eth0")):
        host.ip("neigh flush dev", device)
    clients.ping(house.inside, address)
    assert clients.tcp_outcome(house.outside, WAN4, 80) == "answered"
