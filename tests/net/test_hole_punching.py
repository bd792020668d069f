# SPDX-License-Identifier: GPL-2.0-or-later
"""Peers that a third one tells of each other's endpoints meet through the default filter (RFC 5128 section 3.3)."""

import contextlib
import itertools
import socket

import pytest
from lab import clients, eventually, servers
from lab.home import FAR4, OUTSIDE4, WAN4

RENDEZVOUS = 7100


@pytest.fixture(scope="module", autouse=True)
def rendezvous(home):
    servers.udp_peer_server(home.outside, RENDEZVOUS)
    servers.tcp_peer_server(home.outside, RENDEZVOUS)


class Peer:
    """One UDP socket that knows how the rendezvous saw it."""

    def __init__(self, host, port):
        self.socket = host.socket(kind=socket.SOCK_DGRAM, timeout=0.05)
        self.socket.bind(("", port))
        self.socket.sendto(b"who am I?", (OUTSIDE4, RENDEZVOUS))
        self.endpoint = tuple(servers.Peer.parse(eventually("the rendezvous answers", self._hear)[0].decode()))

    def _hear(self):
        with contextlib.suppress(TimeoutError):
            return self.socket.recvfrom(1000)
        return None

    def call(self, other):
        self.socket.sendto(b"hello", other.endpoint)

    def hears(self, other):
        heard = self._hear()
        return heard is not None and heard[1] == other.endpoint


@pytest.fixture(scope="module")
def peers(home):
    return [Peer(home.inside, 42000), Peer(home.second, 42000), Peer(home.far, 42000)]


def test_the_peers_are_seen_where_the_story_wants_them(peers):
    inside, second, far = (peer.endpoint for peer in peers)
    assert inside == (WAN4, 42000) and far == (FAR4, 42000)
    assert second[0] == WAN4 and second[1] != 42000


def test_a_stranger_is_not_heard_before_it_is_called(home, peers):
    inside, _, far = peers
    before = home.gateway.drops().get("filtered", 0)
    far.call(inside)
    eventually("it is counted", lambda: home.gateway.drops().get("filtered", 0) == before + 1)
    assert inside._hear() is None


@pytest.mark.parametrize("pair", itertools.combinations(range(3), 2), ids=["both-inside", "inside-far", "second-far"])
def test_each_pair_meets_by_outside_endpoints(peers, pair):
    one, other = (peers[index] for index in pair)
    for speaker, listener in ((one, other), (other, one), (one, other)):
        speaker.call(listener)
    for listener, speaker in ((one, other), (other, one)):
        eventually("it is heard from its outside endpoint", lambda: listener.hears(speaker))


def test_tcp_meets_by_simultaneous_open(home):
    inside, known = tcp_socket(home.inside, 42100), clients.connect_tcp(home.inside, OUTSIDE4, RENDEZVOUS, ("", 42100))
    far = tcp_socket(home.far, 42200)
    before = home.gateway.drops().get("filtered", 0)
    far.setblocking(False)
    far.connect_ex((WAN4, 42100))
    eventually("its SYN is filtered", lambda: home.gateway.drops().get("filtered", 0) > before)
    inside.connect((FAR4, 42200))
    inside.sendall(b"met")
    far.settimeout(5)
    assert far.recv(10) == b"met"
    known.close()


def tcp_socket(host, port):
    made = host.socket()
    for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
        made.setsockopt(socket.SOL_SOCKET, option, 1)
    made.bind(("", port))
    return made
