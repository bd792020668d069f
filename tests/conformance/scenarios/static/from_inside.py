# SPDX-License-Identifier: GPL-2.0-or-later
"""A host with a static mapping is seen as its outside address, its port kept."""

import pytest
from harness import clients
from lab.home import MAIL_OUTSIDE4, OUTSIDE4


@pytest.mark.parametrize("ask", [clients.tcp_peer, clients.udp_peer])
def scenario(house, ask):
    port = house.port()
    assert ask(house.mail, OUTSIDE4, 7000, source=("", port)) == (MAIL_OUTSIDE4, port)
