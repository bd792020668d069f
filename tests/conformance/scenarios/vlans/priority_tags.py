# SPDX-License-Identifier: GPL-2.0-or-later
"""A priority in front of a VLAN's tag, or behind it, changes nothing: the frame is the VLAN's."""

import pytest
from harness import assert_dropped
from harness.silence import mark
from harness.vlans import OFFICE4, OFFICE_GATEWAY4, office_goes_out, vlans
from lab.home import OUTSIDE4, WAN4
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import Dot1AD, Dot1Q

pytestmark = pytest.mark.engine_needs(nftables="8021q")
TAGS = {"before": Dot1Q(vlan=0, prio=5) / Dot1Q(vlan=20), "service": Dot1AD(vlan=0) / Dot1Q(vlan=20),
        "behind": Dot1Q(vlan=20) / Dot1Q(vlan=0, prio=3)}


def document(home):
    vlans(home)
    office_goes_out(home)


@pytest.mark.parametrize("place", TAGS)
def scenario(house, place):
    tags, text, port = TAGS[place], mark(), house.port()
    wan, office = house.sniff("wan"), house.office.sniff("eth0")
    sender = house.trunk.floor.injector("eth0", house.gateway.mac("trunk.20"))
    sender.send(tags / IP(src=OFFICE4, dst=OUTSIDE4) / UDP(sport=port, dport=7000) / text)
    assert wan.wait_for("the datagram", lambda p: text in bytes(p))[IP].src == WAN4
    sender.send(tags / IP(src=OFFICE4, dst=OFFICE_GATEWAY4) / ICMP(id=port) / text)
    office.wait_for("an answer of the gateway", lambda p: ICMP in p and p[ICMP].type == 0 and p[ICMP].id == port)
    before = house.gained()
    sender.send(tags / IP(src=OFFICE4, dst=OFFICE_GATEWAY4) / TCP(sport=port, dport=22, flags="S"))
    assert_dropped(house, "office", IP(src=OFFICE4, dst=OFFICE_GATEWAY4) / TCP(sport=house.port(), dport=22, flags="S"), "policy")
    assert before.drops("trunk.20") == {"policy": 2}
