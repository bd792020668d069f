# SPDX-License-Identifier: GPL-2.0-or-later
"""IPv6 is not masqueraded unless the document says so."""

import pytest
from harness import clients
from lab.home import FAR6, INSIDE6, OUTSIDE6


@pytest.mark.parametrize("ask", [clients.tcp_peer, clients.udp_peer])
@pytest.mark.parametrize("server", [OUTSIDE6, FAR6])
def scenario(house, ask, server):
    port = house.port()
    assert ask(house.inside, server, 7000, source=("", port)) == (INSIDE6, port)
