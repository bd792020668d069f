# SPDX-License-Identifier: GPL-2.0-or-later
"""Flows and mappings that nobody uses go away by themselves, at the time that the document says."""

import contextlib
import socket
import time

import documents
import pytest
from lab import clients, eventually, servers
from lab.home import OUTSIDE4, WAN4

SECONDS = {"tcp_established": "7440s", "tcp_transitory": "2s", "udp": "2s", "udp_one_way": "1s", "icmp": "1s"}
BUSY, PAUSE = 4, 1   # seconds: twice, and half of, what a flow of datagrams may be idle


@pytest.fixture(scope="module")
def document(hook):
    return documents.home(hook) | {"timeouts": SECONDS}


@pytest.fixture(scope="module", autouse=True)
def servers_run(home):
    servers.tcp_peer_server(home.outside, 7000)
    servers.udp_peer_server(home.outside, 7000)


def flows_of(home, protocol):
    return [row for row in home.gateway.show("flows") if row["protocol"] == protocol]


def gone(home, protocol):
    return not flows_of(home, protocol) and not [row for row in home.gateway.show("mappings")
                                                 if row["protocol"] == protocol]


def test_an_idle_echo_ends(home):
    clients.ping(home.inside, OUTSIDE4)
    assert flows_of(home, "icmp")
    eventually("the echo's flow is gone", lambda: gone(home, "icmp"), within=10)


def test_an_idle_datagram_flow_ends_and_its_port_works_again(home):
    for _ in range(2):
        assert clients.udp_peer(home.inside, OUTSIDE4, 7000, source=("", 49000)) == (WAN4, 49000)
        eventually("the flow is gone", lambda: gone(home, "udp"), within=10)


def test_it_ends_however_often_a_document_is_applied(home, document):
    """Also the one that is in force already, of which nothing is to do."""
    clients.udp_peer(home.inside, OUTSIDE4, 7000, source=("", 49200))

    def is_gone_after_one_more():
        home.gateway.apply(document)
        return gone(home, "udp")
    eventually("the flow is gone", is_gone_after_one_more, within=10)


def test_a_busy_datagram_flow_lives(home):
    sender = home.inside.socket(kind=socket.SOCK_DGRAM, timeout=PAUSE)
    sender.connect((OUTSIDE4, 7000))
    peers, began = set(), time.monotonic()
    last, end = began, began + 20 * BUSY
    while last < began + BUSY:
        assert last < end, "it was never busy for so long"
        sender.send(b"who am I?")
        received = set()
        with contextlib.suppress(TimeoutError):   # a flood beside may cost a datagram
            received.add(sender.recv(1000))
        now = time.monotonic()
        if now > last + PAUSE:   # this machine made it an idle one
            peers, began = set(), now
        peers |= received
        last = now
        time.sleep(0.2)   # the pauses of a busy flow
    assert len(peers) == 1 and len(flows_of(home, "udp")) == 1


def test_a_closed_connection_ends(home):
    clients.tcp_peer(home.inside, OUTSIDE4, 7000)
    eventually("the flow is gone", lambda: gone(home, "tcp"), within=10)


def test_an_idle_connection_lives(home):
    connection = clients.EchoedConnection(home.inside, OUTSIDE4, 7000)
    clients.ping(home.inside, OUTSIDE4)
    eventually("other flows have ended", lambda: gone(home, "icmp"), within=10)
    assert connection.says("still here")


def test_a_new_daemon_goes_on_sweeping(home):
    clients.udp_peer(home.inside, OUTSIDE4, 7000, source=("", 49100))
    home.gateway.daemon.kill()
    home.gateway.start_daemon()
    eventually("the flow is gone", lambda: gone(home, "udp"), within=10)
