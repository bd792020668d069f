# SPDX-License-Identifier: GPL-2.0-or-later
"""A flow of UDP leaves a backend that is down: its next packets go to another one."""

from harness import clients, eventually
from harness.health import Backend, await_states, checked, near
from harness.services import PORT, Led
from lab.home import WAN4

document = checked(near("one", "two"), "udp", {"send": "who am I?", "receive": "hex:0a"})


def scenario(house):
    backends = {"one/near": Backend(house, "one"), "two/near": Backend(house, "two")}
    await_states(house, one__near="up", two__near="up")
    led, port = Led(house), house.port()
    assert clients.udp_peer(house.outside, WAN4, PORT, source=("", port))
    [first] = led()
    [other] = set(backends) - {first}
    backends[first].stops()
    await_states(house, **{first.replace("/", "__"): "down"})
    led = Led(house)
    eventually("the other one answers",
               lambda: clients.udp_outcome(house.outside, WAN4, PORT, source=("", port)) == "answered")
    assert list(led()) == [other]
