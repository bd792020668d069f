# SPDX-License-Identifier: GPL-2.0-or-later
"""Segments from nowhere near what a connection has come to, with whatever flags, do not end it."""

import pytest
from harness import clients, flow
from lab.home import OUTSIDE4, OUTSIDE6
from lab.segments import Numbers


@pytest.mark.parametrize("address", [OUTSIDE4, OUTSIDE6])
def scenario(house, address):
    port, wan = house.port(), house.sniff("wan")
    connection = clients.EchoedConnection(house.inside, address, 7000, source=("", port))
    assert connection.says("before")
    numbers = Numbers(wan, port)
    for flags in ("R", "RA", "FA", "A", "S", "SA"):
        for ahead in (0x10000000, 0x7fffffff, -0x10000000):
            house.inject("outside", numbers.from_outside(flags, ahead=ahead) / b"forged")
    assert connection.says("after")
    flow(house, port, state="established")
