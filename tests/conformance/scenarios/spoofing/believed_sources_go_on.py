# SPDX-License-Identifier: GPL-2.0-or-later
"""A flow of a source that its interface believes goes on when rules or routes change, wherever its way back leads then."""

import pytest
from harness import documents, eventually, flow, flow_is_gone, policy
from lab.home import FAR4, OUTSIDE4
from scapy.layers.inet import IP, UDP

SOURCES = {"loose": FAR4, "off": "192.0.2.77"}   # the way back leads out of an uplink, or nowhere


def believing(word):
    def document(home):
        documents.ports_apart(home)
        home["interfaces"]["lan"]["anti_spoofing"] = word
    return document


def changed(word):
    def document(home):
        believing(word)(home)
        home["policies"].append(policy("new", "internet", "lan", protocol="tcp", ports=4321))
    return document


def route_changes(house):
    """One that no packet of the flow needs; it is another look at the ends of all flows."""
    house.gateway.ip("route add 198.18.0.0/24 via", OUTSIDE4, "dev wan onlink")
    house.gateway.ip("route del 198.18.0.0/24")


@pytest.mark.parametrize("word", SOURCES)
def scenario(house, word):
    house.gateway.ip("route add unreachable 192.0.2.0/24")
    house.lab.defer(house.gateway.ip, "route del unreachable 192.0.2.0/24")
    house.apply(believing(word))
    port, sent = house.port(), 0

    def goes_on(by=None):
        """With the outside port that it began with."""
        nonlocal sent
        house.inject("inside", IP(src=SOURCES[word], dst=OUTSIDE4) / UDP(sport=port, dport=9))
        sent += 1
        row = eventually("the datagram is counted", lambda: (found := flow(house, port))["original"]["packets"] == sent and found)
        assert by in (None, row["reply"]["destination_port"])
        return row["reply"]["destination_port"]

    outside = goes_on()
    house.apply(changed(word))
    assert goes_on(outside)
    route_changes(house)
    assert goes_on(outside)
    house.apply(believing("strict"))
    flow_is_gone(house, port)
