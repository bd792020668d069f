# SPDX-License-Identifier: GPL-2.0-or-later
"""A limit that names a service counts the flows of all its backends, and no others."""

from harness import clients, limit, limits
from harness.services import PORT, backends, put_service
from lab.home import WAN4


def document(home):
    put_service(home, backends("one", "two"))
    limits(home, limit("of-pool", "100000pps", forward="pool"))


def scenario(house):
    gained = house.gained()
    for _ in range(2):   # UDP: the last packets of a connection may still be on their way when it is closed
        clients.udp_peer(house.outside, WAN4, PORT)
    both = gained.limit("of-pool")["passed_packets"]
    clients.tcp_peer(house.outside, WAN4, 80)
    assert both >= 2 and gained.limit("of-pool")["passed_packets"] == both
