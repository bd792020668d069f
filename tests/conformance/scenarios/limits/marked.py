# SPDX-License-Identifier: GPL-2.0-or-later
"""What exceeds a limit with a DSCP goes on, marked; checksums and ECN bits stay right."""

import pytest
from harness import eventually, limit, limits
from lab.home import INSIDE4, INSIDE6, OUTSIDE4, OUTSIDE6
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6


def document(home):
    limits(home, limit("bulk-4", "1pps", burst="3p", action={"dscp": 8}, source="0.0.0.0/0"),
           limit("bulk-6", "1pps", burst="3p", action={"dscp": 8}, source="::/0"))


@pytest.mark.parametrize("name,layer", [("bulk-4", IP(src=INSIDE4, dst=OUTSIDE4, tos=0xb9)),
                                        ("bulk-6", IPv6(src=INSIDE6, dst=OUTSIDE6, tc=0xb9))])
def scenario(house, name, layer):
    gained, sniffer, port = house.gained(), house.sniff("wan"), house.port()
    house.inject("inside", *[layer / UDP(sport=port, dport=9) / b"x"] * 8)

    def seen():
        return [packet[type(layer)] for packet in sniffer.packets() if UDP in packet and packet[UDP].dport == 9]

    eventually("all arrive", lambda: len(seen()) == 8)
    marks = [getattr(packet, "tos", None) if name == "bulk-4" else packet.tc for packet in seen()]
    assert marks in ([0xb9] * 3 + [0x21] * 5, [0xb9] * 4 + [0x21] * 4)
    for packet in seen():
        right = type(layer)(bytes(packet))
        del right[UDP].chksum
        if name == "bulk-4":
            del right.chksum
        assert bytes(type(layer)(bytes(right))) == bytes(packet), "its checksums are right"
    assert gained.limit(name)["exceeded_packets"] == marks.count(0x21)
