# SPDX-License-Identifier: GPL-2.0-or-later
"""Nothing passes between an isolated bridge's zone and others, not even by a forward for everybody."""

import pytest
from harness import DMZ4, clients, policy
from lab.home import INSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, UDP


def document(home):
    home["interfaces"]["br0"] = {"bridge": {"members": ["dmz"], "isolated": True}, "zone": "internal",
                                 "addresses": ["172.20.1.1/24"]}
    home["policies"].append(policy("internal-ping", "internal", "host", protocol="icmp"))


@pytest.mark.parametrize("address, port", [(OUTSIDE4, 7000), (INSIDE4, 8080), (WAN4, 80), (WAN4, 30000)])
def scenario(house, address, port):
    house.forget_neighbours(house.dmz)
    clients.ping(house.dmz, "172.20.1.1")
    gained, lan, wan = house.gained(), house.sniff("lan"), house.sniff("wan")
    packet = IP(src=DMZ4, dst=address) / UDP(sport=house.port(), dport=port) / b"leaks"
    house.dmz.injector("eth0", house.gateway.mac("br0")).send(packet)
    house.sentinel(lan, wan)
    # An earlier scenario's connection, which this document ended, may repeat its last segment.
    assert sum(count for reason, count in gained.drops("br0").items() if reason != "flow-ended") == 1
    assert not any(b"leaks" in frame for wire in (lan, wan) for frame in list(wire.frames))
    assert clients.udp_outcome(house.inside, DMZ4, 8080) == "silence"
