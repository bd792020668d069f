# SPDX-License-Identifier: GPL-2.0-or-later
"""A host reaches its own server by the outside address."""

from harness import clients
from lab.home import WAN4


def scenario(house):
    connection = clients.EchoedConnection(house.inside, WAN4, 80)
    assert connection.peer.address == WAN4
    assert all(connection.says(word * 500) for word in ("there", "and", "back"))
