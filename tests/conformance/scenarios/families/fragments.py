# SPDX-License-Identifier: GPL-2.0-or-later
"""A datagram in pieces crosses into the other family, in either direction, and its answer comes back in pieces."""

from harness import clients
from harness.families import PORT, WAYS, between, put_in_force
from lab import servers

ECHO = 8085


@WAYS
def scenario(house, listen, backend, seen, client):
    del seen, client
    servers.udp_echo_server(house.inside, ECHO)
    if not put_in_force(house, between(listen, backend, port=ECHO)):
        return
    for size in (1452, 1500, 4000, 20000):
        assert clients.udp_echo(house.outside, listen, PORT, size)
