# SPDX-License-Identifier: GPL-2.0-or-later
"""Outside ports are few: who gets one, who does not, and that nobody loses one who has it."""

import contextlib
import socket

import documents
import pytest
from lab import eventually, servers
from lab.home import FAR4, INSIDE4, OUTSIDE4, SECOND4, WAN4

PORT = 7000
FIRST, COUNT = 20000, 100
FORWARDED = 20050


@pytest.fixture(scope="module")
def document(hook):
    made = documents.home(hook)
    made["nat"]["masquerade"] = [{"name": "out", "from": "lan", "to": "internet",
                                  "ports": f"{FIRST}-{FIRST + COUNT - 1}"}]
    made["nat"]["forwards"] = [documents.forward("game", WAN4, FORWARDED, "192.168.10.2:8080",
                                                 protocol=["tcp", "udp"])]
    made["timeouts"] = {"port_rest": "0s", "udp": "120s"}
    return made


@pytest.fixture(scope="module", autouse=True)
def outside_servers(home):
    for host in (home.outside, home.far):
        servers.udp_peer_server(host, PORT)


@pytest.fixture(autouse=True)
def no_mappings(restored, home, document):
    """Each test starts without flows: rules without a masquerade end those of the one before."""
    bare = {**document, "nat": {}}
    home.gateway.apply(bare)
    home.gateway.apply(document)


class Asker:
    """An inside socket that asks whom the server sees."""

    def __init__(self, host, port=0):
        self.socket = host.socket(kind=socket.SOCK_DGRAM, timeout=0.5)
        self.socket.bind(("", port))

    def peer(self, address=OUTSIDE4):
        """None: no answer. Asks thrice: UDP may lose."""
        for _ in range(3):
            self.socket.sendto(b"who am I?", (address, PORT))
            with contextlib.suppress(TimeoutError):
                return servers.Peer.parse(self.socket.recv(1000).decode())
        return None


def fill(home, host=None, count=COUNT - 1):
    """Askers who have all the ports but the forward's."""
    askers = [Asker(host or home.inside) for _ in range(count)]
    return askers, [asker.peer() for asker in askers]


def test_every_port_is_had_once_and_the_forwards_never(home):
    askers, peers = fill(home)
    assert {peer.port for peer in peers} == set(range(FIRST, FIRST + COUNT)) - {FORWARDED}
    rows = home.gateway.show("mappings")
    assert len(rows) == COUNT - 1
    assert {(row["inside"], row["outside"], row["flows"]) for row in rows} == {(INSIDE4, WAN4, 1)}
    refused = home.gateway.drops().get("no-ports", 0)
    assert Asker(home.second).peer() is None, "there was no port left"
    assert home.gateway.drops()["no-ports"] == refused + 3, "each of its attempts is counted"
    assert all(asker.peer() == peer for asker, peer in zip(askers, peers, strict=True)), "a live one was harmed"
    assert all(asker.peer(FAR4) == peer for asker, peer in zip(askers, peers, strict=True))


def test_a_local_service_keeps_its_port_and_gets_one_that_was_mapped(home):
    asker = Asker(home.inside, FIRST + 1)
    assert asker.peer() == (WAN4, FIRST + 1)
    with contextlib.closing(home.gateway.socket(kind=socket.SOCK_DGRAM)) as service:
        service.bind((WAN4, FIRST + 1))
        assert asker.peer() == (WAN4, FIRST + 1), "the flow of before goes on"
        other = asker.peer(FAR4)
        assert other.address == WAN4 and other.port != FIRST + 1
        service.sendto(b"who am I?", (OUTSIDE4, PORT))
        assert servers.Peer.parse(service.recv(1000).decode()) == (WAN4, FIRST + 1)
        again = asker.peer()
        assert again.address == WAN4 and again.port != FIRST + 1, "its flow made way, and it has another one"
        assert {peer.port for peer in fill(home, home.second, 20)[1]}.isdisjoint({FIRST + 1, FORWARDED})


def test_a_freed_port_rests_for_others_only(home, document):
    home.gateway.apply({**document, "timeouts": {**document["timeouts"], "port_rest": "600s"}})
    asker = Asker(home.inside, FIRST + 2)
    assert asker.peer() == (WAN4, FIRST + 2)
    home.gateway.apply({**document, "nat": {}, "timeouts": {"port_rest": "600s"}})
    eventually("the mapping ended", lambda: not home.gateway.show("mappings"))
    assert home.gateway.json("status")["counts"]["resting_ports"] == 1
    home.gateway.apply({**document, "timeouts": {**document["timeouts"], "port_rest": "600s"}})
    assert Asker(home.second, FIRST + 2).peer().port != FIRST + 2
    assert asker.peer() == (WAN4, FIRST + 2)


def test_a_host_has_no_more_mappings_than_it_may(home, document):
    rule = {**document["nat"]["masquerade"][0], "mappings_per_host": 10, "quota": "hard"}
    home.gateway.apply({**document, "nat": {**document["nat"], "masquerade": [rule]}})
    askers, peers = fill(home, count=12)
    assert [peer is None for peer in peers] == [False] * 10 + [True] * 2
    assert home.gateway.drops()["host-mappings"] == 2 * 3
    assert Asker(home.second).peer().address == WAN4
    assert {row["inside"] for row in home.gateway.show("mappings")} == {INSIDE4, SECOND4}


def test_searches_are_counted_and_cheap(home):
    before = home.gateway.json("status")["port_searches"]
    fill(home, count=90)
    gained = [later - earlier for later, earlier in zip(home.gateway.json("status")["port_searches"], before, strict=True)]
    assert sum(gained) == 90 and sum(gained[4:]) == 0


def test_who_had_a_port_is_in_the_document(home, document):
    rule = {**document["nat"]["masquerade"][0], "addresses": [WAN4],
            "deterministic": {"inside": "192.168.10.0/29", "ports_per_host": 12}}
    blocks = {**document, "nat": {**document["nat"], "masquerade": [rule]}}
    home.gateway.apply(blocks)
    for host, address in ((home.inside, INSIDE4), (home.second, SECOND4)):
        peer = Asker(host).peer()
        answer = home.gateway.json("whose", home.gateway.write(blocks), "--outside", f"{peer.address}:{peer.port}")
        assert [row["inside"] for row in answer["hosts"]] == [address]
