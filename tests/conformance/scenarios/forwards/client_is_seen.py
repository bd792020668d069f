# SPDX-License-Identifier: GPL-2.0-or-later
"""The server behind a forward sees the client's own address and port."""

import pytest
from harness import clients
from lab.home import OUTSIDE4, OUTSIDE6, WAN4, WAN6


@pytest.mark.parametrize("address, seen", [(WAN4, OUTSIDE4), (WAN6, OUTSIDE6)], ids=["ipv4", "ipv6"])
def scenario(house, address, seen):
    port, name = house.port(), "web" if address == WAN4 else "web-six"
    gained = house.gained()
    assert clients.tcp_peer(house.outside, address, 80, source=("", port)) == (seen, port)
    assert gained.forward(name)["flows"] == 1
