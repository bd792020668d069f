# SPDX-License-Identifier: GPL-2.0-or-later
"""Where all backends are down, TCP is refused by a reset and UDP by "port unreachable"; a route that is gone is a failure."""

from harness import assert_rejected
from harness.health import Backend, await_states, checked, led_by, near
from harness.services import PORT
from lab.home import OUTSIDE4, SECOND4, WAN4
from scapy.layers.inet import ICMP, IP, TCP, UDP

document = checked(near("one", "two"))


def scenario(house):
    one = Backend(house, "one")
    Backend(house, "two")
    await_states(house, one__near="up", two__near="up")
    house.gateway.ip("route add blackhole", SECOND4)
    house.lab.defer(house.gateway.ip, "route del blackhole", SECOND4)
    await_states(house, two__near="down")
    assert led_by(house) == {"one/near": 4}
    one.stops()
    await_states(house, one__near="down")
    ip = IP(src=OUTSIDE4, dst=WAN4)
    assert_rejected(house, "outside", ip / TCP(sport=house.port(), dport=PORT, flags="S"),
                    lambda answer: TCP in answer and answer[TCP].flags.R and answer[IP].src == WAN4, "no-backend")
    assert_rejected(house, "outside", ip / UDP(sport=house.port(), dport=PORT) / b"who am I?",
                    lambda answer: ICMP in answer and answer[ICMP].type == 3, "no-backend")
    one.starts()
    await_states(house, one__near="up")
    assert led_by(house) == {"one/near": 4}
