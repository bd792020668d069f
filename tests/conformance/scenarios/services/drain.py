# SPDX-License-Identifier: GPL-2.0-or-later
"""A backend that drains gets no new flows, also not of who had one there and comes again from the same port, and keeps those that
it has, until the time that the command said: then they end with a reset."""

from harness import clients, eventually
from harness.services import PORT, Led, backends, is_reset, put_service
from lab.home import WAN4


def document(home):
    put_service(home, backends("one", "two"))


def held_by(house, backend):
    """A connection that this backend has."""
    while True:
        led = Led(house)
        connection = clients.EchoedConnection(house.outside, WAN4, PORT, source=("", house.port()))
        assert connection.says("here")
        if list(led()) == [f"{backend}/near"]:
            return connection


def closed_at(house, backend):
    """Where somebody came from whose connection to this backend has closed."""
    while True:
        led, source = Led(house), ("", house.port())
        assert clients.tcp_peer(house.outside, WAN4, PORT, source=source)
        if list(led()) == [f"{backend}/near"]:
            return source


def new_flows(house):
    led = Led(house)
    for _ in range(4):
        clients.tcp_peer(house.outside, WAN4, PORT)
    return led()


def scenario(house):
    connection, source = held_by(house, "one"), closed_at(house, "one")
    house.gateway.sluice("service", "drain", "pool", "one")
    led = Led(house)
    assert clients.tcp_peer(house.outside, WAN4, PORT, source=source)
    assert led() == {"two/near": 1}
    assert new_flows(house) == {"two/near": 4}
    assert connection.says("still here")
    assert {row["backend"]: row["state"] for row in house.show("services")} == {"one": "draining", "two": "unknown"}
    house.gateway.sluice("service", "undrain", "pool", "one")
    assert new_flows(house) == {"one/near": 2, "two/near": 2}
    assert connection.says("and here")
    house.gateway.sluice("service", "drain", "pool", "one", "--for", "1s")
    eventually("its time is over", lambda: {row["backend"]: row["state"] for row in house.show("services")}["one"] == "down")
    assert is_reset(connection)
    assert new_flows(house) == {"two/near": 4}
    house.gateway.sluice("service", "drain", "pool", "three", expect=2)
