# SPDX-License-Identifier: GPL-2.0-or-later
"""What becomes of clients' connections tells how backends are, and nobody outside can make it tell what is not so."""

from pathlib import Path

import documents
import lab as support
import pytest
from lab import clients, eventually
from lab.home import INSIDE4, SECOND4, WAN4
from scapy.layers.inet import IP, TCP

PORT, SERVED = 8081, 8090
PROGRAM = Path(support.__file__).with_name("backend_process.py")
ROWS = [{"name": "one", "near": f"{INSIDE4}:{SERVED}"}, {"name": "two", "near": f"{SECOND4}:{SERVED}"}]
# The first check comes within an hour: whoever is asked sooner is asked because of signs.
SELDOM = {"type": "tcp", "interval": "1h", "timeout": "1s", "rise": 1, "fall": 1}


def served(hook, **more):
    made = documents.home(hook)
    made["underlays"] = {"near": {"zone": "lan"}}
    made["services"] = {"pool": {"listen": WAN4, "ports": PORT, "backends": ROWS, **more}}
    return made


@pytest.fixture(scope="module")
def document(hook):
    return served(hook)


@pytest.fixture
def backend(home):
    """backend(host) starts one that serves."""
    started = []

    def start(host):
        file = home.lab.directory / f"status-{host.name}"
        file.write_text("200\n", encoding="ascii")
        started.append(host.start("/usr/bin/python3", "-B", PROGRAM, SERVED, file))
        eventually("it listens", lambda: clients.tcp_outcome(host, "127.0.0.1", SERVED) == "answered")
        return started[-1]
    yield start
    for process in started:
        process.end()


def row_of(home, name):
    return next(row for row in home.gateway.show("services") if row["backend"] == name)


def knock(home, times=4):
    return [clients.tcp_outcome(home.outside, WAN4, PORT, source=clients.unused_source(), timeout=0.3) for _ in range(times)]


def await_state(home, name, state):
    """While clients go on."""
    eventually(f"{name} is {state}", lambda: (knock(home), row_of(home, name)["state"] == state)[1])


def test_who_refuses_and_is_not_asked_is_left_by_new_connections(restored, backend):
    backend(restored.inside)
    assert sorted(knock(restored)) == ["answered", "answered", "refused", "refused"]
    await_state(restored, "two", "down")
    assert knock(restored) == ["answered"] * 4
    assert "attempts of clients were refused, and none was answered" in row_of(restored, "two")["reason"]
    assert 'service "pool": two over near is down: ' in restored.gateway.daemon.output()
    restored.gateway.daemon.kill()
    assert knock(restored) == ["answered"] * 4, "while no daemon runs the last choice stands"
    restored.gateway.start_daemon()
    assert row_of(restored, "two")["state"] == "unknown", "a daemon that starts tries it again"


def test_a_black_hole_swallows_half_of_the_connections_and_then_none(restored, backend):
    backend(restored.inside), backend(restored.second)
    restored.gateway.ip("route add blackhole", SECOND4)
    try:
        assert knock(restored).count("answered") == 2
        await_state(restored, "two", "down")
        assert knock(restored) == ["answered"] * 4
    finally:
        restored.gateway.ip("route del blackhole", SECOND4)


def test_who_is_asked_is_asked_at_once_where_clients_are_refused(restored, hook, backend):
    backend(restored.inside)
    restored.gateway.apply(served(hook, health=SELDOM))
    await_state(restored, "two", "down")
    assert row_of(restored, "two")["reason"] == "connection refused"
    assert knock(restored) == ["answered"] * 4


def test_who_makes_it_look_dead_only_has_it_asked(restored, hook, backend):
    """Nobody answers a segment with a wrong checksum; the sources are invented."""
    backend(restored.inside), backend(restored.second)
    restored.gateway.apply(served(hook, health=SELDOM))
    port = iter(range(20001, 60000))

    def strangers():
        injector = restored.outside.injector("eth0", restored.gateway.mac("wan"))
        injector.send(*(IP(src=f"198.51.100.{number}", dst=WAN4) / TCP(sport=next(port), dport=PORT, flags="S", chksum=1)
                        for number in range(100, 116)))
        return all(row["state"] == "up" for row in restored.gateway.show("services"))
    eventually("both were asked, and are up", strangers)
    assert knock(restored) == ["answered"] * 4


def test_handshakes_of_clients_are_measured(restored, hook, backend):
    backend(restored.inside), backend(restored.second)
    restored.gateway.apply(served(hook, health=SELDOM, balance="latency"))
    eventually("there are times", lambda: (knock(restored), all(
        row["latency_ms"] for row in restored.gateway.show("services")))[1])
    assert {row["state"] for row in restored.gateway.show("services")} == {"unknown"}, "nobody was asked"
