# SPDX-License-Identifier: GPL-2.0-or-later
"""A backend that serves no more gets no new flows until it serves again; connections that it still has go on."""

import signal

from harness import clients
from harness.health import Backend, assert_turns, await_states, checked, led_by, near, reason
from harness.services import PORT, Led
from lab.home import WAN4

document = checked(near("one", "two"), "http", {"path": "/ready", "body": "ready"})


def held_by_one(house):
    while True:
        led = Led(house)
        connection = clients.EchoedConnection(house.outside, WAN4, PORT)
        assert connection.says("here")
        if list(led()) == ["one/near"]:
            return connection


def port_led_to_one(house):
    """Of a connection that is over."""
    while True:
        led, port = Led(house), house.port()
        clients.tcp_peer(house.outside, WAN4, PORT, source=("", port))
        if list(led()) == ["one/near"]:
            return port


def scenario(house):
    one = Backend(house, "one")
    Backend(house, "two")
    await_states(house, one__near="up", two__near="up")
    assert_turns(house, "one/near", "two/near")
    connection = held_by_one(house)
    one.answers(500)
    await_states(house, one__near="down", two__near="up")
    assert reason(house, "one/near") == "status 500"
    assert led_by(house) == {"two/near": 4}
    assert connection.says("still here")
    one.answers(202)
    await_states(house, one__near="up")
    assert_turns(house, "one/near", "two/near")
    one.signals(signal.SIGSTOP)
    await_states(house, one__near="down")
    assert reason(house, "one/near") == "no answer in 200ms"
    one.signals(signal.SIGCONT)
    await_states(house, one__near="up")
    assert connection.says("and here")
    port = port_led_to_one(house)
    one.stops()
    await_states(house, one__near="down")
    assert clients.tcp_peer(house.outside, WAN4, PORT, source=("", port)), "a connection that is over leads no new one there"
    assert reason(house, "one/near") == "connection refused"
    assert led_by(house) == {"two/near": 4}
