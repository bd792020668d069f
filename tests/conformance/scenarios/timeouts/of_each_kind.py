# SPDX-License-Identifier: GPL-2.0-or-later
"""How long each kind of flow is remembered: the RFCs' times, unless the document has others."""

import socket

import pytest
from harness import clients, remembered_for
from lab.home import INSIDE4, OUTSIDE4
from scapy.layers.inet import ICMP, IP

NOBODY = "203.0.113.77"


def rfcs(home):
    home.pop("timeouts", None)


def longer(home):
    home["timeouts"] = {"tcp_established": "3h", "udp": "600s", "udp_one_way": "200s", "icmp": "90s"}


@pytest.mark.parametrize("change, times", [(rfcs, (7440, 300, 120, 60)), (longer, (10800, 600, 200, 90))],
                         ids=["default", "document"])
def scenario(house, change, times):
    house.apply(change)
    tcp, answered, one_way, echo = (house.port() for _ in times)
    connection = clients.EchoedConnection(house.inside, OUTSIDE4, 7000, source=("", tcp))
    assert remembered_for(house, tcp, times[0], again=lambda: connection.says("hello"))
    assert remembered_for(house, answered, times[1],
                          again=lambda: clients.udp_peer(house.inside, OUTSIDE4, 7000, source=("", answered)))
    sender = house.inside.socket(kind=socket.SOCK_DGRAM)
    sender.bind(("", one_way))
    assert remembered_for(house, one_way, times[2], again=lambda: sender.sendto(b"anybody?", (NOBODY, 7000)))
    ping = IP(src=INSIDE4, dst=OUTSIDE4) / ICMP(id=echo)
    assert remembered_for(house, echo, times[3], again=lambda: house.inject("inside", ping))
