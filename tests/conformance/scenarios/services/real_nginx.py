# SPDX-License-Identifier: GPL-2.0-or-later
"""Pages of two nginx by one port: who answers by 500, is frozen, killed, behind a dead link or a black hole serves nobody, and then again."""

import contextlib
import signal

from harness import eventually
from harness.health import NEAR, SERVED, await_states, checked, near, reason
from harness.services import PORT
from lab.home import LAN4, LAN6, SECOND4, SECOND6, WAN4
from lab.nginx import Nginx

document = checked(near("one", "two"), "http", {"path": "/ready", "body": "ready"})


def pages(house):
    """Who answers: the turns of eight requests. On a busy machine a check may find nobody up for a moment."""
    def page():
        return house.outside.run("curl", "-sS", "--max-time", 5, f"http://{WAN4}:{PORT}/", expect=None).stdout
    return {eventually("somebody answers", page) for _ in range(8)}


def assert_left(house, why):
    await_states(house, one__near="up", two__near="down")
    assert pages(house) == {"one"}
    assert why in reason(house, "two/near")


def assert_both(house):
    await_states(house, one__near="up", two__near="up")
    eventually("both have their turns", lambda: pages(house) == set(NEAR))


@contextlib.contextmanager
def link_down(host):
    host.ip("link set eth0 down")
    try:
        yield
    finally:
        host.ip("link set eth0 up")
        # What goes with the link, in IPv6 the address as well; IPv4 keeps that.
        host.addresses("eth0", f"{SECOND6}/64").routes(f"default via {LAN4}", f"default via {LAN6}")


@contextlib.contextmanager
def black_hole(house, address):
    house.gateway.ip("route add blackhole", address)
    try:
        yield
    finally:
        house.gateway.ip("route del blackhole", address)


def scenario(house):
    Nginx(house.inside, "one", SERVED)
    two = Nginx(house.second, "two", SERVED)
    assert_both(house)
    two.breaks()
    assert_left(house, "status 500")
    two.mends()
    assert_both(house)
    two.signals(signal.SIGSTOP)
    assert_left(house, "no answer in 200ms")
    two.signals(signal.SIGCONT)
    assert_both(house)
    two.stops()
    assert_left(house, "connection refused")
    two.starts()
    assert_both(house)
    with link_down(house.second):
        assert_left(house, "no answer in 200ms")
    assert_both(house)
    with black_hole(house, SECOND4):
        assert_left(house, "")
    assert_both(house)
