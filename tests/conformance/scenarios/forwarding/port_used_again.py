# SPDX-License-Identifier: GPL-2.0-or-later
"""A client that connects again from the same port at once gets a new connection each time."""

import pytest
from harness import clients
from lab.home import OUTSIDE4, WAN4


@pytest.mark.parametrize("sender, address, port", [("inside", OUTSIDE4, 7000), ("outside", WAN4, 80)])
def scenario(house, sender, address, port):
    source = house.port()
    for number in range(5):
        connection = clients.EchoedConnection(house.hosts[sender], address, port, source=("", source))
        assert connection.says(f"number {number}")
        connection.reset()
