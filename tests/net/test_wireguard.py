# SPDX-License-Identifier: GPL-2.0-or-later
"""The port that WireGuard listens on is nobody's outside port towards its peer: an inside host that has the same port gets
another one, and what the peer sends is for the gateway. By a device of the kernel, and by a socket as wireguard-go has it.
"""

import contextlib
import socket

import documents
import pytest
import ways
from lab import clients, servers
from lab.home import OUTSIDE4, OUTSIDE6, WAN4, WAN6

hook, engine = ways.hook, ways.engine   # of each way

PEER_PORT, LISTEN = 51820, 51821
HANDSHAKE = b"\x01\0\0\0" + bytes(144)


@pytest.fixture(scope="module")
def document(engine, hook):
    made = documents.carried_by(engine, hook)
    made["nat"]["masquerade"][0]["family"] = "both"
    made["policies"].append(documents.policy("wireguard", "internet", "host", protocol="udp", ports="1024-65535"))
    return made


@pytest.fixture(scope="module", autouse=True)
def peer(home):
    servers.udp_peer_server(home.outside, PEER_PORT)
    for address in (WAN4, WAN6):
        clients.ping(home.outside, address)


def udp_ports(gateway):
    return {int(line.split()[1].rsplit(":", 1)[1], 16) for line in gateway.run("cat", "/proc/net/udp").stdout.splitlines()[1:]}


@contextlib.contextmanager
def device(gateway):
    """The kernel's: it listens as soon as it is up, on a port of its choice, without a key or a peer."""
    before = udp_ports(gateway)
    gateway.ip("link add wg0 type wireguard")
    gateway.ip("link set wg0 up")
    try:
        yield (udp_ports(gateway) - before).pop()
    finally:
        gateway.ip("link del wg0")


@contextlib.contextmanager
def bound(gateway):
    """wireguard-go's sockets: one for each family, bound to no address."""
    with contextlib.ExitStack() as stack:
        made = {family: stack.enter_context(gateway.socket(family, socket.SOCK_DGRAM)) for family in (socket.AF_INET, socket.AF_INET6)}
        made[socket.AF_INET6].setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        for one in made.values():
            one.bind(("", LISTEN))
        yield made


@contextlib.contextmanager
def program(gateway):
    with bound(gateway):
        yield LISTEN


def ends(six):
    return (WAN6, OUTSIDE6) if six else (WAN4, OUTSIDE4)


@pytest.mark.spared("xdp-device", "nftables-device-6")
@pytest.mark.parametrize("six", [False, True], ids=["4", "6"])
@pytest.mark.parametrize("listens", [pytest.param(device, marks=pytest.mark.needs("wireguard")), program])
def test_an_inside_host_gets_another_port_towards_the_peer(home, engine, listens, six):
    if engine == "nftables":
        pytest.skip("it spares the port once the gateway has spoken, which the next test shows")
    own, peer = ends(six)
    with listens(home.gateway) as port:
        seen = clients.udp_peer(home.inside, peer, PEER_PORT, source=("", port))
        assert seen.address == own and seen.port != port


@pytest.mark.parametrize("six", [False, True], ids=["4", "6"])
def test_what_the_peer_sends_is_for_the_gateway(home, six):
    """Also where the inside host asked after the gateway's own handshake."""
    own, peer = ends(six)
    family = socket.AF_INET6 if six else socket.AF_INET
    with bound(home.gateway) as sockets, home.outside.socket(family, socket.SOCK_DGRAM) as calls:
        sockets[family].sendto(HANDSHAKE, (peer, PEER_PORT))
        assert servers.Peer.parse(sockets[family].recv(1000).decode()) == (own, LISTEN)
        seen = clients.udp_peer(home.inside, peer, PEER_PORT, source=("", LISTEN))
        assert seen.address == own and seen.port != LISTEN
        calls.bind(("", PEER_PORT + 1))
        calls.sendto(HANDSHAKE, (own, LISTEN))
        assert sockets[family].recv(1000) == HANDSHAKE
