# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes wrong in the one family is told in the other: a closed port, and hops on the way."""

from harness import clients
from harness.families import PORT, WAYS, between, put_in_force


@WAYS
def scenario(house, listen, backend, seen, client):
    del seen, client
    if not put_in_force(house, between(listen, backend, port=9)):
        return
    assert clients.udp_outcome(house.outside, listen, PORT) == "refused"
    assert clients.tcp_outcome(house.outside, listen, PORT) == "refused"
    done = house.outside.run("traceroute", "-6" if ":" in listen else "-4", "-U", "-p", PORT, "-n", "-q", 1, "-w", 2, "-m", 4,
                             listen)
    assert [line.split()[1] for line in done.stdout.splitlines()[1:]] == [listen, listen]
