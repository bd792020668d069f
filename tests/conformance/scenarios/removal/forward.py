# SPDX-License-Identifier: GPL-2.0-or-later
"""A forward that is removed takes its connections with it, and its port is closed."""

from harness import assert_dropped, assert_silent, clients, flow_is_gone, without
from lab.home import OUTSIDE4, WAN4
from scapy.layers.inet import IP, TCP


def scenario(house):
    port = house.port()
    connection = clients.EchoedConnection(house.outside, WAN4, 80, source=("", port))
    assert connection.says("before")
    house.apply(lambda home: without(home["nat"]["forwards"], "web"))
    assert flow_is_gone(house, port)
    lan = house.sniff("lan")
    connection.socket.sendall(b"too-late-for-this\n")
    assert_silent(house, lan, wanted=lambda p: b"too-late-for-this" in bytes(p))
    connection.reset()
    syn = IP(src=OUTSIDE4, dst=WAN4) / TCP(sport=house.port(), dport=80, flags="S")
    assert_dropped(house, "outside", syn, "policy")
