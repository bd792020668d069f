# SPDX-License-Identifier: GPL-2.0-or-later
"""A static mapping that stands for another host leads there from the next packet on."""

from harness import clients, policy
from lab.home import INSIDE4, MAIL_OUTSIDE4, OUTSIDE4, SECOND4
from scapy.layers.inet import IP, UDP


def to(host):
    def change(home):
        home["nat"]["static"][0]["inside"] = host
        home["policies"].append(policy("all-in", "internet", "lan", protocol="udp", ports=8080))
    return change


def scenario(house):
    lan, port = house.sniff("lan"), house.port()
    for host, name in ((INSIDE4, "inside"), (SECOND4, "second")):
        house.apply(to(host))
        seen = len(lan.packets())
        assert clients.udp_outcome(house.outside, MAIL_OUTSIDE4, 8080, source=("", port)) == "answered"
        assert {p[IP].dst for p in lan.packets()[seen:] if UDP in p and p[UDP].dport == 8080} == {host}
        assert clients.udp_peer(house.hosts[name], OUTSIDE4, 7000).address == MAIL_OUTSIDE4
