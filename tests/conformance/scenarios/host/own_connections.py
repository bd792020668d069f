# SPDX-License-Identifier: GPL-2.0-or-later
"""The gateway itself reaches both sides without a policy, and gets its answers."""

import pytest
from harness import clients
from lab.home import INSIDE4, INSIDE6, LAN4, LAN6, OUTSIDE4, OUTSIDE6, WAN4, WAN6


@pytest.mark.parametrize("address, port, seen", [
    (OUTSIDE4, 7000, WAN4), (OUTSIDE6, 7000, WAN6), (INSIDE4, 8080, LAN4), (INSIDE6, 8080, LAN6)])
def scenario(house, address, port, seen):
    assert clients.tcp_peer(house.gateway, address, port).address == seen
    assert clients.udp_peer(house.gateway, address, port).address == seen
    clients.ping(house.gateway, address)
