# SPDX-License-Identifier: GPL-2.0-or-later
"""When the policy goes, its connections end at once: nothing more leaves, and the flow is gone."""

import pytest
from harness import assert_silent, clients, flow_is_gone, without
from lab.home import OUTSIDE4, OUTSIDE6


@pytest.mark.parametrize("server", [OUTSIDE4, OUTSIDE6])
def scenario(house, server):
    port = house.port()
    connection = clients.EchoedConnection(house.inside, server, 7000, source=("", port))
    assert connection.says("before")
    house.apply(lambda home: without(home["policies"], "lan-out"))
    assert flow_is_gone(house, port)
    wan = house.sniff("wan")
    connection.socket.sendall(b"too-late-for-this\n")
    assert_silent(house, wan, wanted=lambda p: b"too-late-for-this" in bytes(p))
