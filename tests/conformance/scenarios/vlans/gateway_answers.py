# SPDX-License-Identifier: GPL-2.0-or-later
"""The gateway answers ARP, neighbour discovery and ping in the VLAN that asked, asks there itself, and keeps its services shut."""

import pytest
from harness import assert_dropped, clients, eventually, without
from harness.vlans import GUESTS4, GUESTS_GATEWAY4, OFFICE4, OFFICE6, OFFICE_GATEWAY4, OFFICE_GATEWAY6, Overheard, vlans
from scapy.layers.inet import ICMP, IP, TCP
from scapy.layers.inet6 import ICMPv6ND_NA
from scapy.layers.l2 import ARP

pytestmark = pytest.mark.engine_needs(nftables="8021q")


def document(home):
    vlans(home)
    without(home["policies"], "vlan-ping")
    home["policies"].append({"name": "office-ping", "from": "office", "to": "host", "action": "accept",
                             "protocol": ["icmp", "icmpv6"]})


def of_arp(packet):
    return ARP in packet and packet[ARP].op == 2 and packet[ARP].psrc == OFFICE_GATEWAY4


def of_discovery(packet):
    return ICMPv6ND_NA in packet and packet[ICMPv6ND_NA].tgt == OFFICE_GATEWAY6


def scenario(house):
    heard = Overheard(house)
    house.forget_neighbours(house.office)
    for address in (OFFICE_GATEWAY4, OFFICE_GATEWAY6):
        clients.ping(house.office, address)
    for kind in (of_arp, of_discovery):
        assert heard.stations["office"].matching(kind)
        eventually("the trunk carries no more answers than the VLAN gets", lambda found=kind: len(
            heard.floor.matching(found)) == len(heard.stations["office"].matching(found)))
        assert not heard.stations["guests"].matching(kind)
    house.gateway.ip("neigh flush all")
    for address in (OFFICE4, OFFICE6):
        clients.ping(house.gateway, address)
    assert clients.tcp_peer(house.gateway, GUESTS4, 8080).address == GUESTS_GATEWAY4
    for sender, source, target in (("office", OFFICE4, OFFICE_GATEWAY4), ("guests", GUESTS4, GUESTS_GATEWAY4)):
        assert_dropped(house, sender, IP(src=source, dst=target) / TCP(sport=house.port(), dport=22, flags="S"), "policy")
    assert_dropped(house, "guests", IP(src=GUESTS4, dst=GUESTS_GATEWAY4) / ICMP(id=house.port()), "policy")
