# SPDX-License-Identifier: GPL-2.0-or-later
"""SYN cookies: while a flood fills a target's limit, clients that are there connect all the same, and their connections
carry everything in both directions.
"""

import hashlib
import socket
import socketserver
import threading
from contextlib import contextmanager

import documents
import pytest
import ways
from lab import clients, floods, servers
from lab.download import Download
from lab.home import OUTSIDE4, OUTSIDE6, WAN4, WAN6
from lab.wait import eventually

engine, hook = ways.engine, ways.hook   # of each way

LIMIT, SECONDS, LEAST = 16, 10, 20_000
RELEASE, SHIFTED = "sluiced", "sluiced-shifted"
UPLOAD = b"0123456789abcdef" * (1 << 18)   # 4 MiB


class Digest(socketserver.BaseRequestHandler):
    """Reads to the end, and answers what it has read."""

    def handle(self):
        seen = hashlib.sha256()
        while data := self.request.recv(65536):
            seen.update(data)
        self.request.sendall(seen.hexdigest().encode())


def forward(name, listen, port, target):
    return documents.forward(name, listen, port, target, half_open=LIMIT, syn_cookies=True)


@pytest.fixture(scope="module")
def document(way):
    made = documents.carried_by(*way) | {"timeouts": {"tcp_transitory": "3s"}}
    kept = [row for row in made["nat"]["forwards"] if row["name"] in ("range", "shifted")]
    made["nat"]["forwards"] = [*kept, forward("web", WAN4, 80, "192.168.10.2:8080"),
                               forward("endless", WAN4, 81, "192.168.10.2:8081"),
                               forward("upload", WAN4, 82, "192.168.10.2:8082"),
                               forward("private", WAN4, 83, "192.168.10.2:8083") | {"source": ["45.0.0.0/8"]},
                               forward("web-six", WAN6, 80, "[2001:db8:10::2]:8080")]
    return made


@pytest.fixture(scope="module", autouse=True)
def servers_run(home):
    for port in (8080, 8083):
        servers.tcp_peer_server(home.inside, port)
    servers.endless_server(home.inside, 8081)
    servers.serve_tcp(home.inside, Digest, 8082)


def half_open(home, name):
    return next(row["half_open"] for row in home.gateway.show("forwards") if row["name"] == name)


@contextmanager
def flood(home, name, port, address=WAN4):
    """SYNs of invented sources at a forward, which has no room left when the block begins."""
    with floods.flood(home.outside, home.gateway.mac("wan"), "tcp", "invented", address, port, SECONDS, LEAST):
        eventually("the limit is reached", lambda: half_open(home, name) >= LIMIT)
        yield


def has_options(made):
    """Window scaling, SACK or timestamps, as the client's own kernel says: a cookie has room for none of them."""
    return made.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[5] & 0b111 != 0


def has_room(home):
    with clients.connect_tcp(home.outside, WAN4, 80) as made:
        return has_options(made)


def upload(home):
    with clients.connect_tcp(home.outside, WAN4, 82, timeout=20) as made:
        assert not has_options(made)
        sender = threading.Thread(target=lambda: (made.sendall(UPLOAD), made.shutdown(1)))
        sender.start()
        answer = b"".join(iter(lambda: made.recv(4096), b""))
        sender.join()
    assert answer.decode() == hashlib.sha256(UPLOAD).hexdigest()


def spoken_to(home):
    return clients.tcp_peer(home.outside, WAN4, 80)


def connected(client, address=WAN4):
    return clients.EchoedConnection(client, address, 80)


def test_a_server_that_speaks_first_and_a_client_that_goes_on(home):
    with flood(home, "web", 80):
        for _ in range(5):
            assert spoken_to(home).address == OUTSIDE4
        connection = connected(home.outside)
        assert not has_options(connection.socket)
        assert connection.says("during the flood")
    assert connection.says("after it") and connection.says("and on")
    connection.reset()


def test_megabytes_from_the_server(home):
    with flood(home, "endless", 81):
        download = Download(home.outside, WAN4, 81)
        assert not has_options(download.socket)
        assert download.goes_on(2_000_000)
    assert download.goes_on(8_000_000)
    download.stop()


def test_megabytes_to_the_server(home):
    with flood(home, "upload", 82):
        upload(home)


def test_after_the_flood_handshakes_are_the_targets_own_again(home):
    with flood(home, "web", 80):
        pass
    eventually("those that nobody finishes are forgotten", lambda: half_open(home, "web") == 0, within=30)
    eventually("nftables has collected them", lambda: has_room(home))
    before = home.gateway.drops().get("target-half-open", 0)
    assert clients.tcp_peer(home.outside, WAN4, 80).address == OUTSIDE4
    assert home.gateway.drops().get("target-half-open", 0) == before
    assert half_open(home, "web") == 0
    assert has_room(home)


def test_ipv6_as_well(home):
    with flood(home, "web-six", 80, WAN6):
        connection = connected(home.outside, WAN6)
        assert connection.peer.address == OUTSIDE6
        assert not has_options(connection.socket)
        assert connection.says("during the flood")
    assert connection.says("after it")
    connection.reset()


def test_from_the_targets_own_network(home):
    with flood(home, "web", 80):
        connection = connected(home.second)
        assert connection.peer.address == WAN4
        assert not has_options(connection.socket)
        assert connection.says("during the flood")
    connection.reset()


def test_who_may_not_use_the_forward_gets_no_cookie(home):
    before = home.gateway.drops().get("forward-source", 0)
    with flood(home, "private", 83), pytest.raises(TimeoutError):
        clients.connect_tcp(home.outside, WAN4, 83, timeout=2)
    assert home.gateway.drops()["forward-source"] > before


def forward_flows(home, name):
    return next(row["flows"] for row in home.gateway.show("forwards") if row["name"] == name)


def test_such_a_connection_is_shown_and_counted_as_any_other(home):
    with flood(home, "web", 80):
        before = forward_flows(home, "web")
        connection = connected(home.outside)
        assert connection.says("count me")
        assert forward_flows(home, "web") - before < LIMIT, "the flood's flows are not"
    [row] = [row for row in home.gateway.show("flows") if row["original"]["source_port"] == connection.peer.port]
    assert (row["state"], row["nat"]) == ("established", "web")
    connection.reset()


def test_a_daemon_that_starts_anew_and_another_document_leave_it_alone(home, restored, document):
    with flood(home, "web", 80):
        connection = connected(home.outside)
    home.gateway.stop_daemon()
    home.gateway.start_daemon()
    assert connection.says("after a restart")
    home.gateway.apply(document | {"policies": document["policies"][1:]})
    assert connection.says("judged anew")
    connection.reset()


def test_a_forward_that_goes_ends_it(home, restored, document):
    with flood(home, "web", 80):
        connection = connected(home.outside)
    forwards = [row for row in document["nat"]["forwards"] if row["name"] != "web"]
    home.gateway.apply(document | {"nat": document["nat"] | {"forwards": forwards}})
    with pytest.raises((TimeoutError, ConnectionError)):
        connection.says("gone", timeout=1)
    connection.reset()


@pytest.mark.parametrize("listen", [WAN4, WAN6])
def test_it_is_carried_to_the_other_engine_and_back(home, restored, way, document, listen):
    with flood(home, "web" if listen == WAN4 else "web-six", 80, listen):
        connection = connected(home.outside, listen)
    assert connection.says("x" * 50_000)
    other = documents.carried_by("ebpf" if way[0] == "nftables" else "nftables") | {"nat": document["nat"]}
    for turn in range(2):
        for one in (other, document):
            home.gateway.apply(one)
            assert connection.says(f"by {one['engine']}, {turn}") and connection.says("x" * 50_000)
    connection.reset()


def test_a_download_goes_on_over_switches_of_engines(home, restored, way, document):
    """The server speaks, and what is on its way is sent again."""
    with flood(home, "endless", 81):
        download = Download(home.outside, WAN4, 81)
        assert not has_options(download.socket)
    other = documents.carried_by("ebpf" if way[0] == "nftables" else "nftables") | {"nat": document["nat"]}
    for one in (other, document):
        home.gateway.apply(one)
        assert download.goes_on(1_000_000)
    download.stop()


def test_other_tables_take_it_along(home, restored, way, document, request):
    """Those of another size, and of a release that lays rows out otherwise (test_other_layout.py)."""
    with flood(home, "web", 80):
        connection = connected(home.outside)
    if way[0] == "ebpf":
        home.gateway.apply(document | {"tables": {"flows": 4096}})
        assert connection.says("by tables of another size")
        home.gateway.apply(document)
        assert connection.says("and back")
    request.addfinalizer(lambda: setattr(home.gateway, "daemon_name", RELEASE))
    for release in (SHIFTED, RELEASE):
        home.gateway.stop_daemon()
        home.gateway.daemon_name = release
        home.gateway.start_daemon()
        assert connection.says(f"by {release}") and connection.says("x" * 50_000)
    connection.reset()
