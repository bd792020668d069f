# SPDX-License-Identifier: GPL-2.0-or-later
"""Connections under forged segments: nothing but their own ends closes them or keeps them alive (RFC 5961, RFC 7857)."""

import socket
import struct

import documents
import pytest
from lab import clients, eventually, servers
from lab.home import OUTSIDE4, OUTSIDE6, WAN4
from lab.segments import WRAP, Numbers
from scapy.layers.inet import ICMP, IP, TCP

FAR_AWAY = (0x10000000, 0x7fffffff, 0x80000000, -0x10000000)
PORTS = iter(range(42000, 43000))


@pytest.fixture(scope="module")
def document(hook):
    return documents.home(hook) | {"timeouts": {"tcp_established": "7s", "tcp_transitory": "3s"}}


@pytest.fixture(scope="module", autouse=True)
def a_server_runs(home):
    servers.tcp_peer_server(home.outside, 7000)


@pytest.fixture(scope="module")
def outside(home):
    return home.outside.sniff("eth0")


@pytest.fixture(scope="module")
def forger(home):
    return home.outside.injector("eth0", home.gateway.mac("wan"))


def state_of(home, port):
    """None: no such flow."""
    found = [row for row in home.gateway.show("flows") if row["original"]["source_port"] == port]
    return found[0]["state"] if found else None


class Connection:
    """To the echo server outside; `numbers()` are what a forger would have to guess."""

    def __init__(self, home, sniffer, address=OUTSIDE4):
        self.home, self.sniffer, self.port = home, sniffer, next(PORTS)
        self.echoed = clients.EchoedConnection(home.inside, address, 7000, source=("", self.port))
        assert self.echoed.says("hello")
        # The first one is of the handshake: the server's bytes begin there.
        self.began = sniffer.wait_for("an acknowledgement", self._acknowledges)[TCP].ack

    def _acknowledges(self, packet):
        return TCP in packet and packet[TCP].sport == self.port and packet[TCP].ack

    def _acknowledges_all(self, packet):
        return self._acknowledges(packet) and packet[TCP].ack == (self.began + self.echoed.received) % WRAP

    def numbers(self):
        self.sniffer.wait_for("the acknowledgement of all that came, which may be delayed", self._acknowledges_all)
        return Numbers(self.sniffer, self.port)

    def state(self):
        return state_of(self.home, self.port)

    def says(self, word):
        return self.echoed.says(word)

    def keep_alive(self, seconds):
        for option, value in ((socket.TCP_KEEPIDLE, seconds), (socket.TCP_KEEPINTVL, seconds)):
            self.echoed.socket.setsockopt(socket.IPPROTO_TCP, option, value)
        self.echoed.socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


@pytest.mark.parametrize("address", [OUTSIDE4, OUTSIDE6])
def test_segments_from_nowhere_near_change_nothing(home, outside, forger, address):
    connection = Connection(home, outside, address)
    numbers = connection.numbers()
    for ahead in FAR_AWAY:
        for flags in ("R", "RA", "FA", "A", "S", "SA"):
            forger.send(numbers.from_outside(flags, ahead=ahead) / b"forged")
        for flags in ("FA", "A"):   # in order, but it acknowledges what was never sent
            forger.send(numbers.from_outside(flags, acked=ahead) / b"forged")
    assert connection.says("after") and connection.state() == "established"


def test_resets_that_are_not_exact_leave_a_connection_alive(home, outside, forger):
    """The kernel's connection tracking leaves such a connection ten seconds after the fifth."""
    connection = Connection(home, outside)
    numbers = connection.numbers()
    for ahead in (1, 10, 100, 200, 300, 400):
        forger.send(numbers.from_outside("R", ahead=ahead))
    assert connection.says("after") and connection.state() == "established"


def test_an_exact_reset_closes_and_the_port_serves_again(home, outside, forger):
    connection = Connection(home, outside)
    forger.send(connection.numbers().from_outside("R"))
    with pytest.raises(OSError):
        connection.says("anybody there?")
    eventually("the flow is gone", lambda: connection.state() is None, within=10)
    again = clients.tcp_peer(home.inside, OUTSIDE4, 7000, source=("", connection.port))
    assert again == (WAN4, connection.port)


def test_only_its_ends_keep_a_connection_alive(home, outside, forger):
    """Of three silent connections the one with keepalives lives, and the one that a forger speaks for does not."""
    kept, silent, forged = (Connection(home, outside) for _ in range(3))
    kept.keep_alive(2)
    numbers = forged.numbers()

    def both_are_gone():
        for ahead in FAR_AWAY:
            forger.send(numbers.from_outside("A", ahead=ahead) / b"forged")
            forger.send(numbers.from_outside("A", acked=ahead) / b"forged")
        return silent.state() is None and forged.state() is None

    eventually("the other two have expired", both_are_gone, within=15)
    assert kept.says("still here") and kept.state() == "established"
    for connection in (silent, forged):
        connection.echoed.reset()


def test_a_half_closed_connection_is_not_hurried(home):
    """Its silent half may take longer than the transitory time."""
    listener = home.outside.socket()
    listener.bind(("", 7100))
    listener.listen()
    client = clients.connect_tcp(home.inside, OUTSIDE4, 7100)
    server, _ = listener.accept()
    client.shutdown(socket.SHUT_WR)
    assert server.recv(10) == b""
    closed = next(PORTS)
    clients.tcp_peer(home.inside, OUTSIDE4, 7000, source=("", closed))
    assert state_of(home, closed) == "closing"
    eventually("the transitory time is over", lambda: state_of(home, closed) is None, within=10)
    server.sendall(b"the answer, at last")
    server.close()
    assert client.makefile("rb").read() == b"the answer, at last"


def test_icmp_errors_end_no_connection(home, outside, forger):
    """Hard errors neither (RFC 5382 REQ-9); the host's own stack ignores them too (RFC 5927)."""
    connection = Connection(home, outside)
    quoted = IP(bytes(connection.numbers().last[IP])[:40])
    for kind, code in ((3, 0), (3, 1), (3, 2), (3, 3), (3, 13), (11, 0), (12, 0)):
        forger.send(IP(src=OUTSIDE4, dst=WAN4) / ICMP(type=kind, code=code) / quoted)
    assert connection.says("after") and connection.state() == "established"


def test_the_same_ports_serve_again_at_once_after_a_close(home):
    """The server closes first and waits (TIME-WAIT); a new SYN from the same port opens anew (RFC 6191)."""
    listener = home.outside.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("", 7101))
    listener.listen()
    port = next(PORTS)
    for number in range(4):
        client = clients.connect_tcp(home.inside, OUTSIDE4, 7101, source=("", port))
        server, peer = listener.accept()
        assert peer == (WAN4, port)
        server.sendall(b"%d" % number)
        server.close()
        assert client.makefile("rb").read() == b"%d" % number
        client.close()


def test_a_connection_that_nftables_began_closes(restored, hook, outside):
    """What another engine tracked comes without windows; its end is seen all the same."""
    restored.gateway.apply(documents.carried_by("nftables"))
    servers_end, reset = Connection(restored, outside), Connection(restored, outside)
    restored.gateway.apply(documents.carried_by("ebpf", hook))
    assert servers_end.state() == reset.state() == "established"
    servers_end.echoed.close()
    reset.echoed.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    reset.echoed.close()
    for connection in (servers_end, reset):
        eventually("it is closing or gone", lambda c=connection: c.state() in ("closing", None))
