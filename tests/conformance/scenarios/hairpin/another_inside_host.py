# SPDX-License-Identifier: GPL-2.0-or-later
"""An inside host reaches an inside server by its outside address, by way of the gateway both ways."""

import pytest
from harness import clients
from lab.home import WAN4


@pytest.mark.parametrize("ask", [clients.tcp_peer, clients.udp_peer])
def scenario(house, ask):
    gained = house.gained()
    assert ask(house.second, WAN4, 30000).address == WAN4
    assert gained.forward("range")["flows"] == 1
