# SPDX-License-Identifier: GPL-2.0-or-later
"""When a masquerade gets other ports, connections keep theirs while they last, and new clients have the new ones."""

from harness import clients
from lab.home import FAR4, OUTSIDE4, WAN4

FIRST, LAST = 40000, 40099


def other(home):
    home["nat"]["masquerade"][0]["ports"] = f"{FIRST}-{LAST}"


def scenario(house):
    port = house.port()
    connection = clients.EchoedConnection(house.inside, OUTSIDE4, 7000, source=("", port))
    assert connection.peer == (WAN4, port)
    house.apply(other)
    assert connection.says("still here")
    for host, ask in ((house.inside, clients.tcp_peer), (house.second, clients.tcp_peer), (house.second, clients.udp_peer)):
        address, seen = ask(host, FAR4, 7000, source=("", house.port()))
        assert address == WAN4 and FIRST <= seen <= LAST
    house.apply()
    assert connection.says("still here")
