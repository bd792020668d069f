# SPDX-License-Identifier: GPL-2.0-or-later
"""Forty connections from each of two hosts, all with the same ports, live side by side."""

from harness import clients
from harness.documents import ports_apart
from lab.home import OUTSIDE4, WAN4

PORTS = range(20100, 20140)


def document(home):
    ports_apart(home)


def scenario(house):
    connections = [clients.EchoedConnection(host, OUTSIDE4, 7000, source=("", port))
                   for port in PORTS for host in (house.inside, house.second)]
    assert {connection.peer.address for connection in connections} == {WAN4}
    assert len({connection.peer.port for connection in connections}) == 80
    assert all(connection.says(f"word {number}") for number, connection in enumerate(connections))
