# SPDX-License-Identifier: GPL-2.0-or-later
"""Whom a limit holds it holds at the node that takes over too: a flood gets no second burst out of a failover. With eBPF; the kernel does
not tell how full netfilter's buckets are.
"""

import collections
import contextlib
import itertools
import socket
import threading
import time
from pathlib import Path

import pytest
from lab import eventually
from lab.sites import WAYS
from pair_sessions import told
from pair_site import OUTSIDE4, started

MANY_FLOWS = Path(__file__).resolve().parents[1] / "support" / "lab" / "many_flows.py"
RATE, BURST, ASKED = 20, 300, 300   # datagrams: a second, at once, and asked for each second
PORTS = dict(zip(("rule", "source", "source/24", "destination", "flow", "vrf"), itertools.count(7300)))


def limits():
    return [{"name": f"by-{number}", "key": key, "rate": f"{RATE}pps", "burst": f"{BURST}p", "protocol": "udp", "ports": [port]}
            for number, (key, port) in enumerate(PORTS.items())]


@pytest.fixture(scope="module", params=["tc", "xdp"])
def site(request):
    engine, hook = WAYS[request.param]
    for made in started(hook, engine, sync=True, limits=limits()):
        for port in PORTS.values():
            server = made.outside.start("/usr/bin/python3", "-B", MANY_FLOWS, "answer", port)
            eventually("it answers", lambda server=server: "ready" in server.output())
        yield made


@pytest.fixture
def flood(site):
    made = Flood(site)
    yield made
    made.end()


class Flood:
    """One client asks on and on, much faster than each limit lets it, and notes when it was answered."""

    def __init__(self, site):
        self.answers = collections.defaultdict(list)   # key of the limit -> moments
        self.sockets = {}
        for key, port in PORTS.items():
            one = site.client.socket(kind=socket.SOCK_DGRAM, timeout=0)
            one.connect((OUTSIDE4, port))
            self.sockets[key] = one
        self.begun, self.ends = time.monotonic(), threading.Event()
        self.thread = threading.Thread(target=self._pour)
        self.thread.start()

    def _pour(self):
        while not self.ends.wait(1 / ASKED):
            for key, one in self.sockets.items():
                with contextlib.suppress(OSError):
                    one.send(b"more")
                with contextlib.suppress(OSError):
                    while one.recv(100):
                        self.answers[key].append(time.monotonic())

    def end(self):
        self.ends.set()
        self.thread.join()
        for one in self.sockets.values():
            one.close()

    def count(self, key, begun, ended):
        return sum(begun <= moment < ended for moment in list(self.answers[key]))

    def is_held(self, key):
        """Its burst is gone: it is answered as often as the rate says."""
        now = time.monotonic()
        return now - self.begun > BURST / ASKED + 2 and 0 < self.count(key, now - 1, now) < 2 * RATE

    def first_since(self, moment):
        return min((at for times in self.answers.values() for at in list(times) if at >= moment), default=None)


def move(site, how):
    active = site.active()
    standby = site.standby()
    if how == "power cut":
        site.grow_old()
        site.cut(active)
    else:
        site.gateways[active].sluice("cluster", "yield")
    eventually("the other one is active", lambda: site.holds(standby))
    return active


@pytest.mark.parametrize("how", ["power cut", "yield"])
def test_a_flood_gets_no_burst_out_of_a_failover(site, flood, how):
    site.settle()
    eventually("the other node has all", site.is_told)
    eventually("all limits hold", lambda: all(flood.is_held(key) for key in PORTS))
    told(site)
    time.sleep(1)   # what is compared: a second of the rate
    moved = time.monotonic()
    before = {key: flood.count(key, moved - 1, moved) for key in PORTS}
    active = move(site, how)
    carried_on = time.monotonic()
    eventually("it goes on", lambda: (flood.first_since(carried_on) or time.monotonic()) < time.monotonic() - 1)
    begun = flood.first_since(carried_on)
    after = {key: flood.count(key, carried_on, begun + 1) for key in PORTS}
    all_since = {key: flood.count(key, moved, begun + 1) for key in PORTS}
    site.lab.log.say(f"answers in the second before: {before}; in the first one after: {after}; since the move began: {all_since}")
    if how == "power cut":
        site.mend(active)
    given = RATE * (begun + 1 - moved)
    assert all(count > 0 for count in after.values()), "they go on"
    assert all(count <= given + 2 * RATE for count in all_since.values()), f"{all_since}, of {given:.0f}"


def test_who_was_not_held_has_its_burst(site, flood):
    """Nothing is told that is not so: another client's bucket is full at the other node as well."""
    site.settle()
    eventually("all limits hold", lambda: all(flood.is_held(key) for key in PORTS))
    move(site, "yield")
    site.settle()
    site.client.ip("addr add 192.168.10.77/24 dev wire")
    other = site.client.socket(kind=socket.SOCK_DGRAM, timeout=0.5)
    other.bind(("192.168.10.77", 0))
    other.connect((OUTSIDE4, PORTS["source"]))
    heard = 0
    for _ in range(BURST // 2):
        other.send(b"who am I?")
        with contextlib.suppress(TimeoutError):
            heard += bool(other.recv(100))
    other.close()
    site.client.ip("addr del 192.168.10.77/24 dev wire")
    assert heard >= BURST // 2 - 10
