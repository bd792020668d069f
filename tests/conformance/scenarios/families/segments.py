# SPDX-License-Identifier: GPL-2.0-or-later
"""A handshake between families agrees on segments that fit both sides' packets."""

import pytest
from harness import clients
from harness.families import PORT, between, put_in_force
from lab.home import INSIDE4, INSIDE6, WAN4, WAN6
from scapy.layers.inet import TCP


def segment_of(packet):
    return dict(packet[TCP].options)["MSS"]


@pytest.mark.parametrize("listen, backend, mtu, most", [
    (WAN4, INSIDE6, 1500, 1440), (WAN4, INSIDE6, 1400, 1340), (WAN6, INSIDE4, 1400, 1360)],
    ids=["to-ipv6", "to-ipv6-1400", "to-ipv4-1400"])
def scenario(house, listen, backend, mtu, most):
    house.set_mtu(house.gateway, "lan", mtu)
    if not put_in_force(house, between(listen, backend)):
        return
    lan, wan = house.sniff("lan"), house.sniff("wan")
    clients.tcp_peer(house.outside, listen, PORT)
    assert segment_of(lan.wait_for("SYN", lambda packet: TCP in packet and packet[TCP].flags == "S")) == most
    assert segment_of(wan.wait_for("SYN-ACK", lambda packet: TCP in packet and packet[TCP].flags == "SA")) <= most
