# SPDX-License-Identifier: GPL-2.0-or-later
"""Checksums that a sender left to its device to finish, and super-packets, are right when they arrive."""

import socket

import pytest
from lab import clients, servers
from lab.anatomy import TCP, UDP, Anatomy
from lab.home import OUTSIDE4, OUTSIDE6, WAN4, WAN6

WIRE = 1514   # a longer frame was put together by the receiving device (GRO), which leaves its checksum open
SIZES = (0, 1, 2, 3, 63, 64, 65, 1001, 1472)


@pytest.fixture(scope="module", autouse=True)
def devices_finish_nothing(home):
    """The gateway's devices send what is really in the frame, so that a wrong checksum is seen."""
    for device in ("lan", "wan"):
        home.gateway.run("ethtool", "-K", device, "tx", "off", quiet=True)
    servers.tcp_peer_server(home.outside, 7000)
    servers.udp_peer_server(home.outside, 7000)
    for host, port in ((home.inside, 8080), (home.inside, 30000), (home.mail, 25)):
        servers.tcp_peer_server(host, port)
        servers.udp_peer_server(host, port)


class Wires:
    """What arrives on both sides of the gateway."""

    def __init__(self, home):
        self.sniffers = [host.sniff("eth0") for host in (home.inside, home.mail, home.outside)]

    def seen(self, protocol):
        found = []
        for sniffer in self.sniffers:
            sniffer.catch_up()
            found += [Anatomy(frame) for frame in list(sniffer.frames) if len(frame) <= WIRE]
        return [packet for packet in found if packet.family and packet.protocol == protocol]

    def assert_right(self, protocol, at_least):
        seen = self.seen(protocol)
        assert len(seen) >= at_least
        wrong = [f"{p.source} > {p.target}, {len(p.transport)} bytes: {p.flaws}" for p in seen if p.flaws]
        assert not wrong, f"{len(wrong)} of {len(seen)}, the first: {wrong[0]}"


def echoed(host, address, port, size):
    """Whether so many bytes come back as they were."""
    connection = clients.connect_tcp(host, address, port)
    stream = connection.makefile("rb")
    stream.readline()   # whom the server sees
    data = bytes(range(256)) * (size // 256 + 1)
    connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)
    return stream.read() == data


def ways(home):
    """Masquerade, static mapping and forwards: who asks whom."""
    return [(home.inside, OUTSIDE4, 7000), (home.inside, OUTSIDE6, 7000), (home.mail, OUTSIDE4, 7000),
            (home.outside, WAN4, 80), (home.outside, WAN6, 80)]


@pytest.mark.parametrize("size", [1, 100_000])
def test_connections_of_real_hosts(home, size):
    wires = Wires(home)
    for host, address, port in ways(home):
        assert echoed(host, address, port, size)
    wires.assert_right(TCP, at_least=10 * len(ways(home)))


def test_datagrams_of_real_hosts(home):
    wires = Wires(home)
    for host, address, port in ((home.inside, OUTSIDE4, 7000), (home.inside, OUTSIDE6, 7000),
                                (home.mail, OUTSIDE4, 7000), (home.outside, WAN4, 30000)):
        sender = host.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        sender.connect((address, port))
        for size in SIZES[:-1] if ":" in address else SIZES:
            sender.send(b"c" * size)
            assert sender.recv(2000)
    wires.assert_right(UDP, at_least=2 * 4 * (len(SIZES) - 1))


def test_datagrams_without_a_checksum(home):
    """SO_NO_CHECK: 0 stays 0."""
    wires = Wires(home)
    sender = home.inside.socket(kind=socket.SOCK_DGRAM)
    sender.setsockopt(socket.SOL_SOCKET, 11, 1)
    sender.connect((OUTSIDE4, 7000))
    sender.send(b"unchecked")
    assert sender.recv(100)
    assert [p.checksum for p in wires.seen(UDP) if p.source == WAN4 and p.target == OUTSIDE4] == [0]
