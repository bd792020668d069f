# SPDX-License-Identifier: GPL-2.0-or-later
"""A server outside sees the gateway's address and the client's own port."""

import pytest
from harness import clients
from lab.home import FAR4, OUTSIDE4, WAN4


@pytest.mark.parametrize("ask", [clients.tcp_peer, clients.udp_peer])
@pytest.mark.parametrize("server", [OUTSIDE4, FAR4])
def scenario(house, ask, server):
    port = house.port()
    assert ask(house.inside, server, 7000, source=("", port)) == (WAN4, port)
