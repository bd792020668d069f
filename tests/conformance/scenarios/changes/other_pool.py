# SPDX-License-Identifier: GPL-2.0-or-later
"""When a masquerade gets other addresses, connections under the old one end and new ones have the new."""

from harness import assert_silent, clients, flow_is_gone
from lab.home import OUTSIDE4, WAN4

POOL = "203.0.113.40"


def other(home):
    home["nat"]["masquerade"][0]["addresses"] = POOL


def scenario(house):
    port = house.port()
    connection = clients.EchoedConnection(house.inside, OUTSIDE4, 7000, source=("", port))
    assert connection.peer == (WAN4, port)
    house.apply(other)
    assert flow_is_gone(house, port)
    wan = house.sniff("wan")
    connection.socket.sendall(b"too-late-for-this\n")
    assert_silent(house, wan, wanted=lambda p: b"too-late-for-this" in bytes(p))
    for ask in (clients.tcp_peer, clients.udp_peer):
        assert ask(house.inside, OUTSIDE4, 7000).address == POOL
