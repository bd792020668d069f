# SPDX-License-Identifier: GPL-2.0-or-later
"""Where no masquerade is, who reaches a server of its own network by an outside address is seen as the outside address."""

import pytest
from harness import DMZ4, clients
from harness.services import PORT, backends, put_service
from lab.home import MAIL_OUTSIDE4, WAN4


def document(home):
    put_service(home, backends("one"))
    home["nat"]["masquerade"] = []


@pytest.mark.parametrize("ask", [clients.tcp_peer, clients.udp_peer])
def scenario(house, ask):
    gained = house.gained()
    for host in (house.second, house.inside):
        assert ask(host, WAN4, 30000).address == WAN4
        assert ask(host, WAN4, PORT).address == WAN4
        assert ask(host, MAIL_OUTSIDE4, 25).address == WAN4
    assert gained.forward("range")["flows"] == 2
    assert ask(house.mail, MAIL_OUTSIDE4, 25).address == MAIL_OUTSIDE4
    assert ask(house.dmz, WAN4, 30000).address == ask(house.dmz, WAN4, PORT).address == DMZ4
