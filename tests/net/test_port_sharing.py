# SPDX-License-Identifier: GPL-2.0-or-later
"""When no outside port is left: one serves several destinations, and who has too many gives some back."""

import contextlib
import socket
import sys
from pathlib import Path

import documents
import pytest
from lab import clients, eventually, servers
from lab.home import FAR4, INSIDE4, OUTSIDE4, SECOND4, WAN4

PORT = 7000
TCP_PORT = 7001
SILENT = 7002
FIRST, COUNT = 20000, 100
OTHER_WAN4 = "203.0.113.20"
MANY_FLOWS = Path(__file__).resolve().parents[1] / "support" / "lab" / "many_flows.py"


@pytest.fixture(scope="module")
def document(hook):
    made = documents.home(hook)
    made["nat"] = {"masquerade": [rule(ports=f"{FIRST}-{FIRST + COUNT - 1}")]}
    made["timeouts"] = {"port_rest": "0s", "udp": "120s"}
    made["tables"] = {"flows": 131072, "half_open": 65536}
    return made


def rule(**keys):
    return {"name": "out", "from": "lan", "to": "internet", **keys}


@pytest.fixture(scope="module", autouse=True)
def outside_servers(home):
    for host in (home.outside, home.far):
        servers.udp_peer_server(host, PORT)
        servers.tcp_peer_server(host, TCP_PORT)


@pytest.fixture
def use(restored, home, document):
    """The rules with this masquerade, and no flow of before, nor a host that still ends one and is refused."""
    def use(**keys):
        for host in (home.outside, home.far):
            eventually("nobody is connected", lambda host=host: not host.run(
                "ss", "-Htn", "exclude", "listening", "exclude", "time-wait", f"sport = :{TCP_PORT}").stdout)
        home.gateway.apply({**document, "nat": {}})
        home.gateway.apply({**document, "nat": {"masquerade": [rule(**keys)]}})
    use(ports=f"{FIRST}-{FIRST + COUNT - 1}")
    return use


class Asker:
    """An inside socket that asks whom the server sees."""

    def __init__(self, host):
        self.socket = host.socket(kind=socket.SOCK_DGRAM, timeout=0.3)
        self.socket.bind(("", 0))

    def peer(self, address=OUTSIDE4):
        """None: no answer, to two datagrams."""
        for _ in range(2):
            self.socket.sendto(b"who am I?", (address, PORT))
            with contextlib.suppress(TimeoutError):
                return servers.Peer.parse(self.socket.recv(1000).decode())
        return None


def ask(host, count, address=OUTSIDE4):
    askers = [Asker(host) for _ in range(count)]
    return askers, [asker.peer(address) for asker in askers]


def test_ports_are_shared_by_destinations(use, home):
    askers, peers = ask(home.inside, COUNT)
    assert len({peer.port for peer in peers}) == COUNT, "each has its own while there are ports"
    others, seen = ask(home.second, COUNT, FAR4)
    assert {peer.port for peer in seen} == {peer.port for peer in peers}, "and each serves another destination"
    assert Asker(home.second).peer() is None, "towards this one all are in use, by flows that were answered"
    assert clients.tcp_peer(home.second, OUTSIDE4, TCP_PORT).address == WAN4
    assert all(asker.peer() == peer for asker, peer in zip(askers, peers, strict=True)), "nobody was cut"
    assert all(asker.peer(FAR4) == peer for asker, peer in zip(others, seen, strict=True))


def test_who_has_a_mapping_shares_as_well_where_its_port_is_taken(use, home):
    askers, _ = ask(home.inside, COUNT)
    ask(home.second, COUNT // 2, FAR4)
    seen = [asker.peer(FAR4) for asker in askers[:COUNT // 2]]
    assert None not in seen and len({peer.port for peer in seen}) == COUNT // 2, "half of their ports are taken there"


def test_every_address_of_a_pool_is_used(use, home):
    use(ports=f"{FIRST}-{FIRST + 49}", addresses=[WAN4, OTHER_WAN4])
    _, peers = ask(home.inside, COUNT)
    assert None not in peers and len({(peer.address, peer.port) for peer in peers}) == COUNT
    assert len({peer.address for peer in peers[:50]}) == 1, "one address while it has ports"
    assert Asker(home.second).peer() is None
    assert Asker(home.second).peer(FAR4)


def silent_sockets(host, count, address=OUTSIDE4):
    made = [host.socket(kind=socket.SOCK_DGRAM) for _ in range(count)]
    for one in made:
        one.sendto(b"anybody?", (address, SILENT))
    return made


def test_who_has_too_many_gives_back_what_nobody_answered(use, home):
    talker = Asker(home.inside)
    kept = talker.peer()
    silent_sockets(home.inside, COUNT)
    assert len(home.gateway.show("mappings")) == COUNT
    _, peers = ask(home.second, COUNT // 4)
    assert None not in peers
    rows = home.gateway.show("mappings")
    own = sum(row["inside"] != INSIDE4 for row in rows)
    # Four ports are looked at, by chance: that none of them is one of the many's is one in 250 for the last who asks.
    assert own >= COUNT // 4 - 3, "mappings of their own, not shares"
    assert talker.peer() == kept


def test_a_quota_is_soft_unless_the_document_says_hard(use, home):
    keys = {"ports": f"{FIRST}-{FIRST + COUNT - 1}", "mappings_per_host": 10}
    use(**keys)
    assert None not in ask(home.inside, 12)[1]
    use(**keys, quota="hard")
    dropped = home.gateway.drops().get("host-mappings", 0)
    assert [peer is None for peer in ask(home.inside, 12)[1]] == [False] * 10 + [True] * 2
    assert home.gateway.drops()["host-mappings"] == dropped + 2 * 2


def test_what_comes_free_is_for_who_has_less(use, home):
    use(ports=f"{FIRST}-{FIRST + COUNT - 1}", mappings_per_host=COUNT // 2)
    with contextlib.ExitStack() as stack:
        def connect(host, address):
            made = stack.enter_context(contextlib.closing(clients.connect_tcp(host, address, TCP_PORT)))
            assert servers.Peer.parse(made.makefile().readline()).address == WAN4
            return made

        held = [connect(home.inside, OUTSIDE4) for _ in range(COUNT)]
        assert len(mappings_of(home, INSIDE4)) == COUNT, "all, while nobody else needs them"
        old = {made.getsockname()[1] for made in held}   # the kernel may choose one again towards FAR4: it has a mapping
        connect(home.second, FAR4)
        assert not mappings_of(home, SECOND4), "it shares one"
        for made in held[:30]:
            made.close()
        eventually("they are closed, for longer than their last packets take",
                   lambda: sum(row["state"] == "closing" and row["idle_seconds"] >= 2 for row in tcp_flows(home)) == 30)
        new = set()
        for _ in range(40):
            new.add(connect(home.inside, FAR4).getsockname()[1])
            connect(home.second, FAR4)
            if len(mappings_of(home, SECOND4)) >= 5:
                break
        assert len(mappings_of(home, SECOND4)) >= 5
        assert not (new - old) & {row["inside_port"] for row in mappings_of(home, INSIDE4)}, "who has his part goes on with shares"


def mappings_of(home, host):
    return [row for row in home.gateway.show("mappings") if row["inside"] == host and row["protocol"] == "tcp"]


@pytest.mark.parametrize("quota", ["soft", "hard"])
def test_a_closed_connection_keeps_nobody_waiting(use, home, quota):
    use(ports=f"{FIRST}-{FIRST + COUNT - 1}", mappings_per_host=20, quota=quota)
    refused = home.gateway.drops()
    for number in range(80):
        with contextlib.closing(clients.connect_tcp(home.inside, OUTSIDE4, TCP_PORT, ("", 30000 + number))) as made:
            assert servers.Peer.parse(made.makefile().readline()).address == WAN4
        eventually("it is closed", lambda: not any(row["state"] == "established" for row in tcp_flows(home)))
    assert home.gateway.drops() == refused


def tcp_flows(home):
    return [row for row in home.gateway.show("flows") if row["protocol"] == "tcp"]


@pytest.fixture
def answering(home):
    process = home.outside.start(sys.executable, "-B", MANY_FLOWS, "answer", SILENT)
    eventually("it answers", lambda: "ready" in process.output())
    yield
    process.terminate()


def served(host, count):
    """How many of its flows were answered, from that many ports."""
    shown = host.run(sys.executable, "-B", MANY_FLOWS, "ask", OUTSIDE4, SILENT, 1024, count, 2)
    return int(shown.stdout)


def test_as_many_flows_as_there_are_ports_and_destinations(use, home, answering):
    """68,000 of two hosts to one server: 64,512 ports."""
    use()
    got = [served(host, 34000) for host in (home.inside, home.second)]
    assert sum(got) >= 64512 - 16, got   # services of the gateway have a few
    assert Asker(home.mail).peer().address == WAN4, "another host, another destination"
    for host in (home.inside, home.second):
        assert clients.tcp_peer(host, OUTSIDE4, TCP_PORT).address == WAN4
        assert Asker(host).peer(FAR4).address == WAN4
