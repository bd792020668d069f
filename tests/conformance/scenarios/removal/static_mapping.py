# SPDX-License-Identifier: GPL-2.0-or-later
"""When a static mapping goes, its host is masqueraded like the others, and its outside address is gone."""

from harness import clients, without
from lab.home import MAIL_OUTSIDE4, OUTSIDE4, WAN4


def scenario(house):
    assert clients.tcp_peer(house.mail, OUTSIDE4, 7000).address == MAIL_OUTSIDE4
    house.apply(lambda home: without(home["nat"]["static"], "mail"))
    port = house.port()
    assert clients.tcp_peer(house.mail, OUTSIDE4, 7000, source=("", port)) == (WAN4, port)
    assert not house.gateway.has_address("wan", f"{MAIL_OUTSIDE4}/32")
    house.apply()
    assert clients.tcp_peer(house.mail, OUTSIDE4, 7000).address == MAIL_OUTSIDE4
