# SPDX-License-Identifier: GPL-2.0-or-later
"""From a pool of addresses an inside host always gets the same one, for every protocol."""

from harness import clients
from lab.home import FAR4, OUTSIDE4

POOL = [f"203.0.113.{last}" for last in range(20, 24)]


def document(home):
    home["nat"]["masquerade"][0]["addresses"] = "203.0.113.20-203.0.113.23"


def scenario(house):
    house.route_outside("203.0.113.20/30")
    seen = {ask(house.inside, server, 7000).address
            for ask in (clients.tcp_peer, clients.udp_peer) for server in (OUTSIDE4, FAR4)}
    assert len(seen) == 1 and seen <= set(POOL)
