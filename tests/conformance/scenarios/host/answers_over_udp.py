# SPDX-License-Identifier: GPL-2.0-or-later
"""A service of the gateway answers datagrams, and its flow counts both directions."""

import pytest
from harness import clients, policy
from lab.home import INSIDE4, INSIDE6, LAN4, LAN6


def document(home):
    home["policies"].append(policy("dns", "lan", "host", protocol="udp", ports=8000))


@pytest.mark.parametrize("address, seen", [(LAN4, INSIDE4), (LAN6, INSIDE6)])
def scenario(house, address, seen):
    gained = house.gained()
    assert clients.udp_peer(house.inside, address, 8000).address == seen
    assert (gained.policy("dns")["flows"], gained.policy("dns")["packets"]) == (1, 2)
