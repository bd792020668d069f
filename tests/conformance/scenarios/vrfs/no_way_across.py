# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever a tenant sends at addresses of the others, of the inside and of the gateway elsewhere: nobody sees it."""

from harness import DMZ4, ONLY_IN, TENANT4, TENANT6, assert_silent, dmz, tenants
from harness.silence import mark
from lab.home import INSIDE4, INSIDE6, LAN4, LAN6, SECOND4, WAN4
from lab.intruders import kinds_of_traffic
from scapy.layers.inet import UDP
from scapy.layers.inet6 import IPv6


def document(home):
    tenants(home)
    home["interfaces"]["dmz"] = dmz()


def packets(text):
    targets = (ONLY_IN["blue"], "10.2.0.1", INSIDE4, SECOND4, LAN4, WAN4, DMZ4, "172.20.1.1")
    for target in targets:
        yield from kinds_of_traffic(TENANT4, target, text)
    for target in (INSIDE6, LAN6):
        yield IPv6(src=TENANT6, dst=target) / UDP(sport=9999, dport=9) / text


def scenario(house):
    text, wires = mark(), [house.sniff(name) for name in ("lan", "dmz", "blue")]
    house.inject("red", *packets(text))
    for sender, target in ((house.inside, ONLY_IN["red"]), (house.dmz, ONLY_IN["red"]), (house.outside, TENANT4)):
        sender.run("ping", "-n", "-c", 1, "-W", "0.3", target, expect=None)
    house.apply(document)
    house.inject("red", *packets(text))
    house.apply(lambda home: (document(home), home["policies"].pop()))
    house.inject("red", *packets(text))
    assert_silent(house, wires[0], wanted=lambda p: text in bytes(p))
    for wire in wires[1:]:
        wire.catch_up()
        assert not any(text in frame for frame in wire.frames), wire.name
    assert not [row for row in house.show("flows") if row["to_vrf"] != row["from_vrf"] and row["to_zone"] != "internet"]
