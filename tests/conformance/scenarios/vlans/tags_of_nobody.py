# SPDX-License-Identifier: GPL-2.0-or-later
"""A frame whose tags are no VLAN's goes nowhere, whatever policies its VLAN's neighbours have."""

import pytest
from harness import eventually, masquerade, policy
from harness.silence import mark
from harness.vlans import DEVICES, OFFICE4, OFFICE_GATEWAY4, vlans
from lab.home import INSIDE4, OUTSIDE4
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import Dot1AD, Dot1Q

pytestmark = pytest.mark.engine_needs(nftables="8021q")
FOREIGN = {
    "unknown": Dot1Q(vlan=21), "last": Dot1Q(vlan=4095), "other kind": Dot1AD(vlan=20), "behind a priority": Dot1Q(vlan=0, prio=5) / Dot1Q(vlan=21),
    "in a VLAN": Dot1Q(vlan=20) / Dot1Q(vlan=30),
    "inner": Dot1AD(vlan=100) / Dot1Q(vlan=20), "three": Dot1AD(vlan=100) / Dot1Q(vlan=5) / Dot1Q(vlan=20),
}


def document(home):
    vlans(home, "office", "guests", "customer")
    zones = ["office", "guests", "customer"]
    home["policies"] += [policy("out", zones, ["internet", "lan"])]
    home["nat"]["masquerade"].append(masquerade("as", zones, "internet"))


def packets(house, text):
    source = house.port()
    for target in (OUTSIDE4, INSIDE4, OFFICE_GATEWAY4):
        yield IP(src=OFFICE4, dst=target) / UDP(sport=source, dport=9) / text
        yield IP(src=OFFICE4, dst=target) / ICMP(id=source) / text


def scenario(house):
    gained, good, text = house.gained(), mark(), mark()
    wires = [house.sniff(name) for name in ("lan", "wan", "trunk")]
    sender = house.trunk.floor.injector("eth0", house.gateway.mac("trunk"))
    sent = [tag / packet for tag in FOREIGN.values() for packet in packets(house, text)]
    sender.send(*sent)
    sender.send(*(Dot1Q(vlan=20) / packet for packet in packets(house, good)))
    for wire in wires:
        wire.wait_for("what has the right tag", lambda p: good in bytes(p))
    house.sentinel(*wires[:2])
    for wire in wires:
        assert not wire.matching(lambda p: text in bytes(p)), wire.name
    if house.variant.engine == "ebpf":   # elsewhere the kernel drops what is nobody's, and counts nothing here
        below = ("trunk", "carrier", *DEVICES.values())   # where the first tag is that nobody has
        eventually("all are counted", lambda: sum(gained.drops(name).get("vlan", 0) for name in below) == len(sent))
