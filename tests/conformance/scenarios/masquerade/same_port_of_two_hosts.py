# SPDX-License-Identifier: GPL-2.0-or-later
"""Two hosts with the same port get different ports outside, and each its own answers."""

from harness import clients
from lab.home import OUTSIDE4, WAN4


def scenario(house):
    port = house.port()
    first = clients.EchoedConnection(house.inside, OUTSIDE4, 7000, source=("", port))
    second = clients.EchoedConnection(house.second, OUTSIDE4, 7000, source=("", port))
    assert first.peer == (WAN4, port)
    assert second.peer.address == WAN4 and second.peer.port not in (port, 0)
    assert first.says("first") and second.says("second")
