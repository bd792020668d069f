# SPDX-License-Identifier: GPL-2.0-or-later
"""Floods of pieces that nobody completes, from forged sources to a forwarded port: datagrams of others go on, in pieces,
also those of the host that is flooded. A kernel that puts pieces together has room for some thousand datagrams.
"""

import contextlib

import documents
import pytest
from lab import clients, floods, servers
from lab.home import INSIDE4, INSIDE6, OUTSIDE4, OUTSIDE6, WAN4, WAN6

LEAST, ROUNDS, SHARE = 30_000, 100, 0.99
SIZE = 8000
FLOODED = {4: (INSIDE4, WAN4, OUTSIDE4), 6: (INSIDE6, WAN6, OUTSIDE6)}


@pytest.fixture(scope="module")
def document(hook):
    made = documents.home(hook) | {"tables": {"flows": 1 << 18}, "timeouts": {"udp": "4s", "udp_one_way": "4s"}}
    made["nat"]["forwards"] += [
        documents.forward("flooded", WAN4, 9000, f"{INSIDE4}:9000", protocol="udp"),
        documents.forward("flooded-six", WAN6, 9000, f"[{INSIDE6}]:9000", protocol="udp"),
    ]
    return made


@pytest.fixture(scope="module", autouse=True)
def everybody_echoes(home):
    servers.udp_echo_server(home.outside, 7000)
    servers.udp_echo_server(home.inside, 9000)
    for address in (INSIDE4, INSIDE6):   # nothing waits for address resolution
        home.gateway.ip("neigh replace", address, "lladdr", home.inside.mac("eth0"), "dev lan nud permanent")


def share_of_echoes(host, address, port):
    """Of datagrams in six pieces, each of a flow of its own, which come back in six pieces."""
    def is_echoed():
        with contextlib.suppress(TimeoutError):
            return clients.udp_echo(host, address, port, SIZE, timeout=1)
        return False
    missed = 0
    for number in range(ROUNDS):
        missed += not is_echoed()
        if missed > 5:
            return (number + 1 - missed) / (number + 1)
    return 1 - missed / ROUNDS


@pytest.mark.parametrize("kind", ["first", "later"])
@pytest.mark.parametrize("family", [4, 6])
def test_datagrams_of_others_go_on(home, family, kind):
    """During the flood and after it: what it leaves with receivers stays there for half a minute."""
    inside, forwarded, outside = FLOODED[family]
    flood = floods.flood(home.outside, home.gateway.mac("wan"), kind, "invented", forwarded, 9000, 1, LEAST)
    shares = {}
    with flood:
        shares["out, meanwhile"] = share_of_echoes(home.second, outside, 7000)
        shares["in, meanwhile"] = share_of_echoes(home.outside, forwarded, 9000)
    shares["in"] = share_of_echoes(home.outside, forwarded, 9000)
    shares["out of the flooded host"] = share_of_echoes(home.inside, outside, 7000)
    home.lab.log.say(f"came back: {shares}; drops {home.gateway.drops()}")
    assert all(share >= SHARE for share in shares.values()), shares
