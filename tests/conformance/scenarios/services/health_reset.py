# SPDX-License-Identifier: GPL-2.0-or-later
"""With `on_down: reset` a client of a backend that is down is told so."""

import pytest
from harness import clients
from harness.health import Backend, await_states, checked, near
from harness.services import PORT
from lab.home import WAN4

DOCUMENT = checked(near("one"), "http", on_down="reset")


def scenario(house):
    house.apply(DOCUMENT)
    one = Backend(house, "one")
    await_states(house, one__near="up")
    connection = clients.EchoedConnection(house.outside, WAN4, PORT)
    assert connection.says("here")
    one.answers(503)
    await_states(house, one__near="down")
    with pytest.raises(ConnectionResetError):
        connection.says("still here")
    one.answers(200)
    await_states(house, one__near="up")
    assert clients.EchoedConnection(house.outside, WAN4, PORT).says("here again")
