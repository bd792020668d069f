# SPDX-License-Identifier: GPL-2.0-or-later
"""Services of two underlays go from one to the other by one word, under steady requests, of which none is lost. Long connections over
the underlay that may carry no more live through the grace, and so do those to a backend that leaves the document. Then both sides learn
by a reset that they are over.
"""

import socket

import pytest
import ways
from grid_site import GATEWAY_GRID4, GATEWAY_MESH4, GRID, MESH4, WAN4, GridSite, Requests
from lab import clients
from lab.wait import eventually

hook, engine = ways.hook, ways.engine   # of each way

LONG_PORT, HELD_PORT = 8082, 8083
GRACE = "3s"
BOTH = ("vm7", "vm8")


@pytest.fixture(scope="module")
def site(lab):
    made = GridSite(lab)
    made.gateway.start_daemon()
    return made


@pytest.fixture
def listener(site):
    """Of the machines, where the test itself is the server."""
    with site.machines.socket() as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("", 7001))
        made.listen()
        yield made


def document(way, mode, names=BOTH):
    engine, hook = way
    by_hook = {} if engine == "nftables" else {"hook": hook}
    backends = [{"name": name, "wireguard": GRID[name], "overlay": MESH4[name]} for name in names]

    def service(port, to):
        return {"listen": WAN4, "ports": port, "grace": GRACE,
                "backends": [{**row, **{way: f"{row[way]}:{to}" for way in ("wireguard", "overlay")}} for row in backends]}
    return {
        "version": 1, "engine": engine,
        "interfaces": {"wan": {"zone": "internet", "addresses": [f"{WAN4}/24"], **by_hook},
                       "wg-grid": {"zone": "grid", "addresses": [f"{GATEWAY_GRID4}/24"], **by_hook},
                       "mycelium": {"zone": "mycelium", "addresses": [f"{GATEWAY_MESH4}/24"], **by_hook}},
        "underlays": {"wireguard": {"zone": "grid"}, "overlay": {"zone": "mycelium"}},
        "network_mode": mode,
        "services": {"web": service(8081, 80), "long": service(LONG_PORT, 7000), "held": service(HELD_PORT, 7001)},
    }


class Asked:
    """Who has answered since this was made."""

    def __init__(self, requests):
        self.requests, self.first = requests, len(requests.answers)

    def __call__(self, least=1):
        eventually(f"{least} more requests are answered or one fails",
                   lambda: len(self.requests.answers) >= self.first + least or self.requests.failures)
        return set(self.requests.answers[self.first:])


def is_reset(connection):
    """Asked for again until it is; what is said in the grace is answered."""
    try:
        return not connection.says("still here?")
    except ConnectionResetError:
        return True


class Held:
    """A connection with both of its ends."""

    def __init__(self, site, listener):
        self.client = clients.connect_tcp(site.outside, WAN4, HELD_PORT)
        self.server, _ = listener.accept()
        self.server.settimeout(self.client.gettimeout())
        site.lab.defer(self.server.close)
        self.address = self.server.getsockname()[0]

    def carries(self):
        for one, other in ((self.client, self.server), (self.server, self.client)):
            one.sendall(b"here")
            assert other.recv(100) == b"here"
        return True


def learns(end):
    """That the connection is over, by what it sends next."""
    end.sendall(b"still here?")
    with pytest.raises(ConnectionResetError):
        end.recv(100)


def test_no_request_is_lost_from_one_underlay_over_both_to_the_other(site, way):
    gateway = site.gateway
    wireguard, overlay = set(GRID.values()), set(MESH4.values())
    gateway.apply(document(way, "wireguard-only"))
    requests = Requests(site)
    assert Asked(requests)(25) == wireguard
    old = clients.EchoedConnection(site.outside, WAN4, LONG_PORT)
    assert old.peer.address in wireguard
    drops = gateway.drops()
    gateway.apply(document(way, "both"))
    assert Asked(requests)(25) == wireguard | overlay
    gateway.apply(document(way, "overlay-only"))
    assert old.says("in the grace")
    asked = Asked(requests)
    assert asked(2) and Asked(requests)(25) == overlay
    assert set(requests.answers[asked.first + 1:]) == overlay   # but for one that was on its way
    eventually("the connection over the underlay that carries no more is reset", lambda: is_reset(old))
    assert Asked(requests)(25) == overlay
    requests.stop()
    assert requests.failures == []
    assert gateway.drops().get("no-backend", 0) == drops.get("no-backend", 0)


def states(site):
    """Of `held`, by underlay."""
    return {row["underlay"]: row["state"] for row in site.gateway.show("services") if row["service"] == "held"}


@pytest.mark.parametrize("first", ["client", "server"])
def test_both_sides_learn_that_a_connection_is_over_whoever_speaks_first(site, way, listener, first):
    site.gateway.apply(document(way, "wireguard-only"))
    held = Held(site, listener)
    assert held.address in GRID.values() and held.carries()
    site.gateway.apply(document(way, "overlay-only"))
    assert held.carries()
    eventually("the grace is over", lambda: states(site)["wireguard"] == "down")
    ends = {"client": held.client, "server": held.server}
    learns(ends.pop(first))
    learns(*ends.values())
    again = clients.tcp_outcome(site.outside, WAN4, HELD_PORT, source=held.client.getsockname(), timeout=5)
    assert again == ("refused" if way[0] == "nftables" else "answered"), "the same ports again (docs/services.md)"


def test_connections_to_a_backend_that_leaves_the_document_have_the_grace(site, way):
    def connect():
        return clients.EchoedConnection(site.outside, WAN4, LONG_PORT)
    site.gateway.apply(document(way, "wireguard-only"))
    old = {made.peer.address: made for made in (connect() for _ in BOTH)}   # each has a turn
    site.gateway.apply(document(way, "wireguard-only", names=("vm7",)))
    assert all(made.says("in the grace") for made in old.values())
    assert [connect().peer.address for _ in range(3)] == [GRID["vm7"]] * 3
    eventually("the one to the backend that left is reset", lambda: is_reset(old[GRID["vm8"]]))
    assert old[GRID["vm7"]].says("still here")
