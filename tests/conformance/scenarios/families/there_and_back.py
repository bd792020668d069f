# SPDX-License-Identifier: GPL-2.0-or-later
"""A service leads to a backend of the other family, which sees the gateway's own address; nftables cannot, and says so."""

from harness import clients
from harness.families import PORT, WAYS, between, put_in_force


@WAYS
def scenario(house, listen, backend, seen, client):
    if not put_in_force(house, between(listen, backend)):
        return
    assert clients.tcp_peer(house.outside, listen, PORT).address == seen
    assert clients.udp_peer(house.outside, listen, PORT)[0] == seen
    held = clients.EchoedConnection(house.outside, listen, PORT)
    assert all(held.says("x" * size) for size in (1, 1400, 9000, 60000))
    house.apply(between(listen, backend, sticky="source"))
    assert held.says("still here")
