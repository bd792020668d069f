# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the next hop does not answer, who sends by way of a translation is told so: about the packet that he sent, and nobody else is."""

import pytest
from harness import TENANT4, clients, documents
from lab.home import FAR4, FAR6, INSIDE4, INSIDE6, MAIL4
from scapy.layers.inet import ICMP, IP, IPerror, UDP, UDPerror
from scapy.layers.inet6 import ICMPv6DestUnreach, IPerror6, IPv6

DEAD4, DEAD6 = "203.0.113.77", "2001:db8:f::77"
# Who sends to whom, and the gateway's device before him.
WAYS = {"masquerade": ("inside", INSIDE4, FAR4, "lan"), "ipv6": ("inside", INSIDE6, FAR6, "lan"),
        "static": ("mail", MAIL4, FAR4, "lan"), "tenant": ("red", TENANT4, FAR4, "red")}


def document(home):
    documents.tenants(home, "red")
    home["nat"]["masquerade"][0]["family"] = "both"


def next_hop_dies(house):
    """A new one that was never there: the old one is known for a while."""
    for to, via in (("0.0.0.0/0", DEAD4), ("::/0", DEAD6)):
        house.gateway.ip("-6" if ":" in to else "-4", "route replace", to, "via", via, "dev wan onlink")
    house.lab.defer(house.home.route_gateway)


def quoted(packet):
    """Source, destination and ports of what an error "host unreachable" is about; None: it is none."""
    if ICMPv6DestUnreach in packet and packet[ICMPv6DestUnreach].code == 3 and UDPerror in packet:
        return packet[IPerror6].src, packet[IPerror6].dst, packet[UDPerror].sport, packet[UDPerror].dport
    if ICMP in packet and (packet[ICMP].type, packet[ICMP].code) == (3, 1) and UDPerror in packet:
        return packet[IPerror].src, packet[IPerror].dst, packet[UDPerror].sport, packet[UDPerror].dport
    return None


@pytest.mark.parametrize("way", WAYS)
def scenario(house, way):
    sender, source, target, device = WAYS[way]
    next_hop_dies(house)
    port, lan, wan = house.port(), house.sniff(device), house.sniff("wan")
    ip = IPv6 if ":" in source else IP
    house.inject(sender, ip(src=source, dst=target) / UDP(sport=port, dport=9) / b"who is there")
    if (house.variant.engine, way) != ("nftables", "tenant"):   # the kernel's error finds no way into a VRF there
        told = lan.wait_for("the error", lambda packet: quoted(packet) == (source, target, port, 9), within=8)
        assert told[ip].dst == source
        assert clients.tcp_outcome(getattr(house, sender), target, 9, timeout=8) == "unreachable"
    assert not [packet for packet in wan.packets() if ICMPv6DestUnreach in packet or (ICMP in packet and packet[ICMP].type == 3)]
