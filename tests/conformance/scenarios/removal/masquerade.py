# SPDX-License-Identifier: GPL-2.0-or-later
"""When a masquerade goes, hosts leave with their own address, and translated connections end."""

from harness import assert_silent, clients
from lab.home import INSIDE4, OUTSIDE4, WAN4


def without_masquerade(home):
    home["nat"]["masquerade"] = []


def scenario(house):
    connection = clients.EchoedConnection(house.inside, OUTSIDE4, 7000)
    assert connection.peer.address == WAN4 and connection.says("before")
    house.apply(without_masquerade)
    wan = house.sniff("wan")
    connection.socket.sendall(b"too-late-for-this\n")
    assert_silent(house, wan, wanted=lambda p: b"too-late-for-this" in bytes(p))
    assert clients.tcp_peer(house.inside, OUTSIDE4, 7000).address == INSIDE4
    assert clients.udp_peer(house.second, OUTSIDE4, 7000).address != WAN4
