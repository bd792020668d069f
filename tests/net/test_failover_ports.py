# SPDX-License-Identifier: GPL-2.0-or-later
"""Nodes of a cluster give ports of their own parts, so that two which do not hear each other give none twice. On each engine."""

import contextlib
import socket

import pytest
from lab import clients, eventually
from lab.sites import WAYS
from pair_sessions import UDP, answered
from pair_site import CLIENT4, OUTSIDE4, WAN4
from scapy.all import ICMP, IP

# docs/cluster.md: of each class of ports, and of the numbers of pings.
PARTS = {"low": {"gw1": range(1, 512), "gw2": range(512, 1023)},
         "high": {"gw1": range(1024, 33280), "gw2": range(33280, 65536)},
         "echo": {"gw1": range(1, 32768), "gw2": range(32768, 65535)}}
MANY = 60


@pytest.fixture(scope="module", params=list(WAYS))
def site(request):
    yield from answered(request.param, sync=True)


@pytest.fixture(autouse=True)
def settled(site):
    site.settle()
    eventually("the other node has all", site.is_told)


def seen_ports(site, sources):
    """What a server sees of datagrams from these ports of one host."""
    seen = []
    for port in sources:
        with contextlib.closing(site.client.socket(kind=socket.SOCK_DGRAM, timeout=4)) as one:
            one.bind((CLIENT4, port))
            one.connect((OUTSIDE4, UDP))
            one.send(b"who am I?")
            peer = clients.Peer.parse(one.recv(100).decode())
            assert peer.address == WAN4
            seen.append(peer.port)
    return seen


def seen_echoes(site, count):
    sniffer = site.outside.sniff("wire")
    for _ in range(count):
        clients.ping(site.client, OUTSIDE4)
    return {packet[ICMP].id for packet in sniffer.matching(lambda p: ICMP in p and p[IP].src == WAN4 and p[ICMP].type == 8)}


def test_each_node_gives_ports_of_its_own_part_and_keeps_those_of_the_other(site):
    """The same inside ports at both nodes, half of them of each part."""
    held = site.client.socket(kind=socket.SOCK_DGRAM, timeout=4)
    held.connect((OUTSIDE4, UDP))
    held.send(b"who am I?")
    kept, given = held.recv(100), {}
    for turn in range(2):
        active, standby = site.active(), site.standby()
        high = seen_ports(site, [*range(2000 + turn * MANY, 2000 + (turn + 1) * MANY), *range(40_000 + turn * MANY, 40_000 + (turn + 1) * MANY)])
        low = seen_ports(site, [300 + turn, 700 + turn])
        echoes = seen_echoes(site, 8)
        assert set(high) <= set(PARTS["high"][active]) and len(set(high)) == len(high)
        assert set(low) <= set(PARTS["low"][active])
        assert echoes and echoes <= set(PARTS["echo"][active])
        mine = range(2000 + turn * MANY, 2000 + (turn + 1) * MANY) if active == "gw1" else range(40_000 + turn * MANY, 40_000 + (turn + 1) * MANY)
        assert set(mine) <= set(high), "a port of its own part stays as it is"
        given[active] = {*high, *low}
        eventually("the other node has all", site.is_told)
        site.gateways[active].sluice("cluster", "yield")
        assert site.active() == standby
        held.send(b"who am I?")
        assert held.recv(100) == kept, "a flow of the other node keeps its port"
        site.settle()
        eventually("the other node has all", site.is_told)
    assert given["gw1"].isdisjoint(given["gw2"])
