# SPDX-License-Identifier: GPL-2.0-or-later
"""A forward that leads elsewhere takes its datagrams along, from the next one on."""

from harness import clients, forward
from lab.home import INSIDE4, SECOND4, WAN4
from scapy.layers.inet import IP, TCP, UDP


def to(host):
    def change(home):
        moving = forward("moving", "203.0.113.1", 30500, f"{host}:8080", protocol=["tcp", "udp"])
        home["nat"]["forwards"].append(moving)
    return change


def scenario(house):
    port, lan = house.port(), house.sniff("lan")
    for host in (INSIDE4, SECOND4, INSIDE4):
        house.apply(to(host))
        seen = len(lan.packets())
        assert clients.udp_outcome(house.outside, WAN4, 30500, source=("", port)) == "answered"
        assert clients.tcp_outcome(house.outside, WAN4, 30500) == "answered"
        fresh = lan.packets()[seen:]
        assert {p[IP].dst for p in fresh if (UDP in p or TCP in p) and p.dport == 8080} == {host}
