# SPDX-License-Identifier: GPL-2.0-or-later
"""Without its daemon the gateway goes on: connections live, new ones open, and the next daemon knows them."""

from harness import clients, flow
from lab.download import Download
from lab.home import OUTSIDE4, WAN4


def scenario(house):
    port, download = house.port(), Download(house.inside, OUTSIDE4, 9001)
    house.gateway.daemon.kill()
    assert clients.tcp_peer(house.outside, WAN4, 80).address == OUTSIDE4
    connection = clients.EchoedConnection(house.inside, OUTSIDE4, 7000, source=("", port))
    house.gateway.start_daemon()
    assert connection.says("still here") and download.goes_on()
    flow(house, port, state="established", policy="lan-out", nat="out")
