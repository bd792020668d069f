# SPDX-License-Identifier: GPL-2.0-or-later
"""Resets that lie in the window and are not exact leave a connection alive, however many there are (RFC 5961)."""

from harness import clients
from lab.home import OUTSIDE4
from lab.segments import Numbers


def scenario(house):
    port, wan = house.port(), house.sniff("wan")
    connection = clients.EchoedConnection(house.inside, OUTSIDE4, 7000, source=("", port))
    assert connection.says("before")
    numbers = Numbers(wan, port)
    for ahead in (1, 10, 100, 200, 300, 400):
        house.inject("outside", numbers.from_outside("R", ahead=ahead))
    assert connection.says("after")
