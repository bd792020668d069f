# SPDX-License-Identifier: GPL-2.0-or-later
"""A frame with VLAN id 0 has a priority and no VLAN (IEEE 802.1Q): it goes where it would go without the tag, and no further."""

import pytest
from harness import assert_dropped
from harness.silence import mark
from lab.home import INSIDE4, INSIDE6, LAN4, OUTSIDE4, OUTSIDE6, WAN4
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q

TAGS = {"one": Dot1Q(vlan=0, prio=5), "service": Dot1AD(vlan=0, prio=1), "two": Dot1Q(vlan=0) / Dot1Q(vlan=0, prio=7)}


@pytest.mark.parametrize("tag", TAGS)
def scenario(house, tag):
    tags, text, wan, lan = TAGS[tag], mark(), house.sniff("wan"), house.sniff("lan")
    port = house.port()
    house.inject("inside", tags / IP(src=INSIDE4, dst=OUTSIDE4) / UDP(sport=port, dport=7000) / text)
    seen = wan.wait_for("the datagram", lambda p: text in bytes(p))
    assert (seen[IP].src, Dot1Q in seen, Dot1AD in seen) == (WAN4, False, False)
    lan.wait_for("its answer", lambda p: UDP in p and p[UDP].dport == port)
    text6 = mark()
    house.inject("inside", tags / IPv6(src=INSIDE6, dst=OUTSIDE6) / UDP(sport=house.port(), dport=7000) / text6)
    wan.wait_for("the datagram of IPv6", lambda p: text6 in bytes(p))
    house.inject("inside", tags / ARP(op=1, psrc=INSIDE4, pdst=LAN4, hwsrc=house.inside.mac("eth0")))
    lan.wait_for("an answer of ARP", lambda p: ARP in p and p[ARP].op == 2 and p[ARP].psrc == LAN4)
    house.inject("inside", tags / IP(src=INSIDE4, dst=LAN4) / ICMP(id=port) / text)
    lan.wait_for("an answer to a ping", lambda p: ICMP in p and p[ICMP].type == 0 and p[ICMP].id == port)
    assert_dropped(house, "inside", tags / IP(src=INSIDE4, dst=LAN4) / TCP(sport=house.port(), dport=22, flags="S"), "policy")
    assert_dropped(house, "inside", tags / IP(src=OUTSIDE4, dst=OUTSIDE4) / UDP(sport=house.port(), dport=7000),
                   "bad-address", "spoofed")
    assert_dropped(house, "outside", tags / IP(src=OUTSIDE4, dst=WAN4) / TCP(sport=house.port(), dport=22, flags="S"), "policy")
