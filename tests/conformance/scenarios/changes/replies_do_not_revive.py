# SPDX-License-Identifier: GPL-2.0-or-later
"""What the outside goes on sending does not bring back a flow whose policy is gone."""

from harness import assert_silent, clients, flow_is_gone, without
from lab.home import OUTSIDE4
from scapy.layers.inet import TCP


def scenario(house):
    port = house.port()
    connection = clients.connect_tcp(house.inside, OUTSIDE4, 9001, source=("", port))
    assert connection.recv(1000)
    house.apply(lambda home: without(home["policies"], "lan-out"))
    lan = house.sniff("lan")
    assert_silent(house, lan, wanted=lambda p: TCP in p and p[TCP].dport == port)
    assert flow_is_gone(house, port)
