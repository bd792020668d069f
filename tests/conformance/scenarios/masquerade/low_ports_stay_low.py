# SPDX-License-Identifier: GPL-2.0-or-later
"""A port below 1024 stays below it, also when its own number is taken (RFC 4787 REQ-3)."""

from contextlib import ExitStack

from harness import clients
from lab.home import OUTSIDE4


def scenario(house):
    with ExitStack() as open_ones:
        seen = []
        for host in (house.inside, house.second):
            connection = clients.EchoedConnection(host, OUTSIDE4, 7000, source=("", 700))
            open_ones.callback(connection.reset)
            seen.append(connection.peer.port)
    assert len(set(seen)) == 2 and max(seen) < 1024
