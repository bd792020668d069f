# SPDX-License-Identifier: GPL-2.0-or-later
"""Streams that nobody answers, from one inside host: they hold all places of flows that wait, and refuse nobody else."""

import itertools
import threading
import time

import documents
import pytest
from lab import clients, flood, servers
from lab.home import INSIDE4, OUTSIDE4

HELD, RATE = 1024, 35   # packets a second: each stream speaks before it is forgotten
SILENT = "203.0.113.200"
SOURCES = [f"192.168.10.{number}" for number in range(100, 132)]


@pytest.fixture(scope="module")
def document(hook):
    """As many places for what begins inside as there are streams."""
    return documents.home(hook) | {"tables": {"flows": 16384, "half_open": 2 * HELD}}


@pytest.fixture(scope="module", autouse=True)
def neighbours(home):
    servers.tcp_peer_server(home.outside, 7000)
    home.gateway.ip("neigh replace", SILENT, "lladdr", home.outside.mac("eth0"), "dev wan nud permanent")
    for address in SOURCES:
        home.second.ip("address add", f"{address}/24 dev eth0")
        home.gateway.ip("neigh replace", address, "lladdr", home.second.mac("eth0"), "dev lan nud permanent")


def stream(number):
    return flood.packet("udp", flood.address(INSIDE4), flood.address(SILENT), (2000 + number) << 16 | 9)


@pytest.fixture
def held(home):
    """Three packets of each, and then RATE in a second."""
    link = bytes.fromhex((home.gateway.mac("lan") + home.inside.mac("eth0")).replace(":", "")) + b"\x08\x00"
    frames = [link + stream(number) for number in range(HELD)]
    made = home.inside.injector("eth0", home.gateway.mac("lan"))
    for _ in range(3):
        for number, frame in enumerate(frames):
            made.send_frame(frame)
            if number % 128 == 127:
                time.sleep(0.002)   # the queues of the lab's wires are short
    ended = threading.Event()

    def go_on():
        for frame in itertools.cycle(frames):
            if ended.wait(1 / RATE):
                return
            made.send_frame(frame)
    thread = threading.Thread(target=go_on)
    thread.start()
    yield
    ended.set()
    thread.join()


def waiting(home):
    return sum(flow["original"]["source"].startswith(INSIDE4) for flow in home.gateway.show("flows") if flow["state"] == "half-open")


def test_every_other_source_connects(home, held):
    home.lab.log.say(f"{waiting(home)} streams hold a place")
    refused = [source for source in SOURCES if clients.tcp_outcome(home.second, OUTSIDE4, 7000, (source, 0), timeout=3) != "answered"]
    assert not refused
