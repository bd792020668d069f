# SPDX-License-Identifier: GPL-2.0-or-later
"""Flows that wait for an answer: they end before their time only where room is short, and by the excess of their own."""

import socket
import time
from contextlib import ExitStack, closing

import documents
import pytest
from lab import clients, flood, floods, servers
from lab.home import INSIDE4, OUTSIDE4, WAN4

FLOWS = 16384
SECONDS = 3
SILENT = "203.0.113.200"
QUIET = [f"192.168.10.{number}" for number in range(100, 220)]
UNANSWERED = 30001   # of the range that leads inside


@pytest.fixture(scope="module")
def document(hook):
    return documents.home(hook) | {"tables": {"flows": FLOWS, "half_open": FLOWS}}


@pytest.fixture(scope="module", autouse=True)
def neighbours(home):
    home.gateway.ip("neigh replace", SILENT, "lladdr", home.outside.mac("eth0"), "dev wan nud permanent")
    servers.tcp_peer_server(home.inside, 8080)
    for address in QUIET:
        home.second.ip("address add", f"{address}/24 dev eth0")
        home.gateway.ip("neigh replace", address, "lladdr", home.second.mac("eth0"), "dev lan nud permanent")
    with home.inside.socket(kind=socket.SOCK_DGRAM) as silent:
        silent.bind(("", UNANSWERED))
        yield


def flows(home):
    return next(row["rows"] for row in home.gateway.json("status")["tables"] if row["name"] == "flows_ipv4")


def send_frames(host, home, packets):
    """By the host's eth0 to the gateway's WAN."""
    with closing(host.injector("eth0", home.gateway.mac("wan"))) as injector:
        for number, packet in enumerate(packets):
            injector.send_bytes(0x0800, packet)
            if number % 256 == 255:
                time.sleep(0.002)   # the queues of the lab's wires are short


@pytest.mark.parametrize("kind", ["udp", "tcp"])
def test_quiet_datagrams_outlive_the_flood_of_another_host(home, kind):
    with ExitStack() as stack:
        server = stack.enter_context(home.outside.socket(kind=socket.SOCK_DGRAM, timeout=2))
        server.bind((OUTSIDE4, 7777))
        quiet = []
        for address in QUIET:
            made = stack.enter_context(home.second.socket(kind=socket.SOCK_DGRAM, timeout=2))
            made.bind((address, 0))
            made.sendto(b"one way", (OUTSIDE4, 7777))
            quiet.append((made, server.recvfrom(100)[1]))
        with floods.flood(home.inside, home.gateway.mac("lan"), kind, INSIDE4, SILENT, 0, SECONDS, 5 * FLOWS) as sender:
            sender.wait(30 * SECONDS)
        lost = 0
        for made, peer in quiet:
            server.sendto(b"late answer", peer)
            try:
                made.recv(100)
            except TimeoutError:
                lost += 1
        assert lost == 0, f"{lost} of {len(quiet)} mappings are gone"


def test_many_silent_flows_of_one_source_stay_while_there_is_room(home):
    before = flows(home)
    send_frames(home.outside, home, [flood.packet("udp", flood.address(OUTSIDE4), flood.address(WAN4),
                                                  (2000 + number) << 16 | UNANSWERED) for number in range(3000)])
    assert flows(home) - before > 2900


def test_streams_that_nobody_answers_refuse_nobody(home):
    """More than there are places for flows from outside, each with three packets, as one that goes on."""
    invented = flood.packets("udp", "invented", WAN4, UNANSWERED)
    for _ in range(10):
        batch = [next(invented) for _ in range(2000)]
        for _ in range(3):
            send_frames(home.outside, home, batch)
    for _ in range(10):
        assert clients.tcp_peer(home.outside, WAN4, 80, timeout=0.9).address == OUTSIDE4
