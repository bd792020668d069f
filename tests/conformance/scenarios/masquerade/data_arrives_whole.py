# SPDX-License-Identifier: GPL-2.0-or-later
"""Bulk data crosses the masquerade byte for byte."""

from harness import clients
from lab.home import OUTSIDE4


def scenario(house):
    connection, received = clients.connect_tcp(house.inside, OUTSIDE4, 9001), 0
    while received < 5_000_000:
        data = connection.recv(1 << 20)
        assert clients.follows_pattern(data, received)
        received += len(data)
