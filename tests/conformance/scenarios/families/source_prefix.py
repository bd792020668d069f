# SPDX-License-Identifier: GPL-2.0-or-later
"""With a prefix for sources the backend sees who asks: the client's address behind it (RFC 6052)."""

from harness import clients
from harness.families import PORT, between, put_in_force
from lab.home import INSIDE6, OUTSIDE4, WAN4


def scenario(house):
    if not put_in_force(house, between(WAN4, INSIDE6, source_prefix="2001:db8:64::/96")):
        return
    port = house.port()
    seen = clients.tcp_peer(house.outside, WAN4, PORT, source=("", port))
    assert (seen.address, seen.port) == ("2001:db8:64::cb00:7109", port) and OUTSIDE4 == "203.0.113.9"
    assert clients.udp_peer(house.outside, WAN4, PORT, source=("", port)) == ("2001:db8:64::cb00:7109", port)
