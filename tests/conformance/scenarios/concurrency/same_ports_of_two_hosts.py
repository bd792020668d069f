# SPDX-License-Identifier: GPL-2.0-or-later
"""Forty connections from each of two hosts, all with the same ports, live side by side."""

from harness import clients
from lab.home import OUTSIDE4, WAN4


def scenario(house):
    ports = [house.port() for _ in range(40)]
    connections = [clients.EchoedConnection(host, OUTSIDE4, 7000, source=("", port))
                   for port in ports for host in (house.inside, house.second)]
    assert {connection.peer.address for connection in connections} == {WAN4}
    assert len({connection.peer.port for connection in connections}) == 80
    assert all(connection.says(f"word {number}") for number, connection in enumerate(connections))
