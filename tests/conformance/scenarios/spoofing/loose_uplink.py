# SPDX-License-Identifier: GPL-2.0-or-later
"""Loose takes a source whose way back is another uplink, and never one of the inside: from outside nobody is of ours."""

import pytest
from harness import DMZ4, assert_dropped, dmz, policy
from lab.home import FAR4, INSIDE4, OTHER_OUTSIDE4, SECOND4, SECOND6, WAN4, WAN6
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6


def document(home):
    home["interfaces"]["wan"]["anti_spoofing"] = "loose"
    home["interfaces"]["dmz"] = {**dmz("backup"), "anti_spoofing": "loose"}
    home["zones"] = {"backup": {"uplink": True, "hosts_may_talk": True}, "internet": {"hosts_may_talk": True}}
    home["policies"] += [policy("all-in", ["internet", "backup"], ["lan", "internet", "backup"]),
                         policy("to-us", ["internet", "backup"], "host", protocol="udp", ports=9000)]


@pytest.mark.parametrize("sender, ip", [
    ("outside", IP(src=SECOND4, dst=OTHER_OUTSIDE4)), ("outside", IP(src=SECOND4, dst=WAN4)),
    ("outside", IPv6(src=SECOND6, dst=WAN6)), ("dmz", IP(src=INSIDE4, dst=WAN4)),
], ids=["back-to-the-outside", "to-the-gateway", "ipv6", "second-uplink"])
def scenario(house, sender, ip):
    assert_dropped(house, sender, ip / UDP(sport=house.port(), dport=9000), "spoofed")
    gained, text = house.gained(), b"by the other uplink"
    heard = house.gateway.socket(kind=2)
    heard.bind((WAN4, 9000))
    house.inject("dmz", IP(src=FAR4, dst=WAN4) / UDP(sport=house.port(), dport=9000) / text)
    house.inject("outside", IP(src=DMZ4, dst=WAN4) / UDP(sport=house.port(), dport=9000) / text)
    assert [heard.recv(100) for _ in range(2)] == [text, text]
    assert not gained.drops("dmz") and not gained.drops("wan")
    heard.close()
