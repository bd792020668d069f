# SPDX-License-Identifier: GPL-2.0-or-later
"""Floods of first packets: who is served goes on being served, and who comes anew is served too, with the daemon or
without it.
"""

import signal
import socket
import time
from contextlib import suppress

import documents
import pytest
from lab import clients, floods, servers
from lab.download import Download
from lab.home import INSIDE4, OUTSIDE4, WAN4

SECONDS = 2
SILENT = "203.0.113.200"
FLOWS = 16384


@pytest.fixture(scope="module")
def document(hook):
    return documents.home(hook) | {"tables": {"flows": FLOWS, "half_open": FLOWS, "flows_per_host": FLOWS // 2},
                                   "timeouts": {"udp": "2s", "udp_one_way": "2s"}}


@pytest.fixture(scope="module", autouse=True)
def servers_run(home):
    servers.tcp_peer_server(home.outside, 7000)
    servers.endless_server(home.outside, 7001)
    servers.udp_peer_server(home.outside, 7002)
    servers.tcp_peer_server(home.inside, 8080)
    # The silent target has a neighbour entry, so that nothing waits for address resolution.
    home.gateway.ip("neigh replace", SILENT, "lladdr", home.outside.mac("eth0"), "dev wan nud permanent")


@pytest.fixture(params=["with the daemon", "without the daemon"])
def daemon(request, home):
    """Half of the tests have it stopped: what the packet path does not do itself is not done then."""
    if request.param == "with the daemon":
        yield
        return
    home.gateway.daemon.signal(signal.SIGSTOP)
    yield
    home.gateway.daemon.signal(signal.SIGCONT)


def flood(home, kind, source, target, port=0):
    """From inside when the source is an inside address, otherwise from outside."""
    inside = source == INSIDE4
    host, device = (home.inside, "lan") if inside else (home.outside, "wan")
    return floods.flood(host, home.gateway.mac(device), kind, source, target, port, SECONDS, 5 * FLOWS)


def patiently(ask, *where):
    """The flood fills the queues of the lab's own wires too, where a first packet may be lost: a few quick attempts."""
    for _ in range(4):
        with suppress(TimeoutError):
            return ask(*where, timeout=0.5)
    return ask(*where, timeout=0.5)


def everybody_is_served(home):
    """New connections out and in, of hosts that have no part in it."""
    assert patiently(clients.tcp_peer, home.second, OUTSIDE4, 7000).address == WAN4
    assert patiently(clients.udp_peer, home.second, OUTSIDE4, 7002).address == WAN4
    assert patiently(clients.tcp_peer, home.outside, WAN4, 80).address == OUTSIDE4


def disturbs_nobody(home, *kind):
    download = Download(home.second, OUTSIDE4, 7001)
    out = clients.EchoedConnection(home.second, OUTSIDE4, 7000)
    forwarded = clients.EchoedConnection(home.outside, WAN4, 80)
    with flood(home, *kind):
        for _ in range(5):
            everybody_is_served(home)
            assert out.says("still here") and forwarded.says("and here")
    assert download.goes_on(100_000)
    assert out.says("still here") and forwarded.says("and here")
    for connection in (out, forwarded):
        connection.reset()
    download.stop()


def test_connections_that_nobody_finishes_from_outside(home, daemon):
    disturbs_nobody(home, "tcp", "invented", WAN4, 80)


def test_datagrams_of_invented_sources_from_outside(home, daemon):
    disturbs_nobody(home, "udp", "invented", WAN4, 30001)


def test_connections_that_nobody_answers_from_inside(home, daemon):
    disturbs_nobody(home, "tcp", INSIDE4, SILENT)


def test_datagrams_that_nobody_answers_from_inside(home, daemon):
    disturbs_nobody(home, "udp", INSIDE4, SILENT)


def open_flows(host, count, first):
    """Answered datagram flows, each from a port of its own."""
    for number in range(count):
        with host.socket(kind=socket.SOCK_DGRAM, timeout=2) as made:
            made.bind(("", first + number))
            made.connect((OUTSIDE4, 7002))
            made.send(b"who am I?")
            made.recv(100)


def test_a_host_that_has_its_share_waits_and_the_others_do_not(home, restored):
    home.gateway.apply(documents.home(home.lab.hook) | {"tables": {"flows": FLOWS, "flows_per_host": 1024}})
    before = home.gateway.drops().get("host-flows", 0)
    with pytest.raises(TimeoutError):
        open_flows(home.inside, 1100, 20000)
    assert home.gateway.drops()["host-flows"] > before
    everybody_is_served(home)


def test_a_table_full_of_the_dead_goes_on_taking_flows_without_the_daemon(home, restored):
    home.gateway.apply(documents.home(home.lab.hook) | {"tables": {"flows": 1024, "flows_per_host": 1024},
                                                        "timeouts": {"udp": "1s", "udp_one_way": "1s"}})
    home.gateway.daemon.signal(signal.SIGSTOP)
    try:
        open_flows(home.inside, 300, 20000)   # the tests before have left some
        open_flows(home.second, 300, 20000)
        time.sleep(1.5)   # nobody is there to ask: the flows have been idle for longer than they may be
        open_flows(home.inside, 300, 30000)
        open_flows(home.second, 300, 30000)
    finally:
        home.gateway.daemon.signal(signal.SIGCONT)


def rows(home, name):
    return next(row for row in home.gateway.json("status")["tables"] if row["name"] == name)


def test_status_says_how_full_the_tables_are_and_what_they_take(home):
    table = rows(home, "flows_ipv4")
    assert table["room"] == FLOWS and 0 < table["bytes"] < 16_000_000
    connection = clients.EchoedConnection(home.second, OUTSIDE4, 7000)
    assert rows(home, "flows_ipv4")["rows"] >= 1
    connection.reset()


def test_tables_of_another_size_take_the_flows_along(home, restored):
    download = Download(home.second, OUTSIDE4, 7001)
    forwarded = clients.EchoedConnection(home.outside, WAN4, 80)
    for flows in (65536, 2048):
        done = home.gateway.apply(documents.home(home.lab.hook) | {"tables": {"flows": flows}})
        assert "carry over the flows" in done.stdout, done.stdout
        assert download.goes_on(100_000) and forwarded.says("still here")
        assert rows(home, "flows_ipv4")["room"] == flows
        everybody_is_served(home)
    forwarded.reset()
    download.stop()


@pytest.fixture
def small_machine(home):
    """The daemon finds 512 MiB where the kernel says how much memory there is."""
    meminfo = home.lab.directory / "meminfo"
    meminfo.write_text("MemTotal: 1048576 kB\nMemAvailable: 524288 kB\n")
    home.gateway.stop_daemon()
    home.gateway.launcher = ("unshare", "--mount", "--propagation", "private", "sh", "-c",
                             'mount --bind "$0" /proc/meminfo && exec "$@"', meminfo)
    home.gateway.start_daemon()
    yield
    home.gateway.stop_daemon()
    home.gateway.launcher = ()
    home.gateway.start_daemon()


def test_tables_that_do_not_fit_the_machine_are_refused_in_one_sentence(home, small_machine):
    before = home.gateway.json("status")["tables"]
    refused = home.gateway.apply(documents.home(home.lab.hook) | {"tables": {"flows": 1_000_000}}, expect=None)
    assert refused.returncode != 0 and "the machine has 448 MiB to spare" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    rooms = [[table["room"] for table in tables] for tables in (before, home.gateway.json("status")["tables"])]
    assert rooms[0] == rooms[1]
    assert clients.tcp_peer(home.second, OUTSIDE4, 7000).address == WAN4
