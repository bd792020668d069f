# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the target of a forward is off nobody outside is told its address: an error quotes what he asked for, or there is none."""

import socket

import pytest
from harness import clients, documents, eventually, forward
from lab.home import WAN4, WAN6
from scapy.layers.inet import ICMP, IP
from scapy.layers.inet6 import ICMPv6DestUnreach

PORT = 8088
OFF = {"ipv4": (WAN4, "192.168.10.88", PORT), "ipv6": (WAN6, "2001:db8:10::88", PORT), "tenant": (WAN4, "10.0.0.88", PORT + 1)}


def document(home):
    documents.tenants(home, "red")
    for name, (listen, target, port) in OFF.items():
        to = f"[{target}]:{port}" if ":" in target else f"{target}:{port}"
        home["nat"]["forwards"].append(forward(f"off-{name}", listen, port, to, **({"vrf": "red-net"} if name == "tenant" else {})))


def is_error(packet):
    return ICMPv6DestUnreach in packet or (ICMP in packet and packet[IP].src == WAN4 and packet[ICMP].type == 3)


@pytest.mark.parametrize("which", OFF)
def scenario(house, which):
    listen, target, port = OFF[which]
    inside = socket.inet_pton(socket.AF_INET6 if ":" in target else socket.AF_INET, target)
    wan, before = house.sniff("wan"), house.gateway.drops().get("inside-source", 0)
    clients.tcp_outcome(house.outside, listen, port, timeout=1)

    def is_over():
        return any(map(is_error, wan.packets())) or house.gateway.drops().get("inside-source", 0) > before
    eventually("the gateway gives up", is_over, within=12)
    assert not [packet for packet in wan.packets() if is_error(packet) and inside in bytes(packet)]
