# SPDX-License-Identifier: GPL-2.0-or-later
"""A server that refuses is heard outside, in the name of the gateway."""

from harness import clients, forward
from lab.home import WAN4
from scapy.layers.inet import IP, TCP


def document(home):
    home["nat"]["forwards"].append(forward("nobody", "203.0.113.1", 8081, "192.168.10.2:9"))


def scenario(house):
    wan, port = house.sniff("wan"), house.port()
    assert clients.tcp_outcome(house.outside, WAN4, 8081, source=("", port)) == "refused"
    reset = wan.wait_for("the reset", lambda p: TCP in p and p[TCP].dport == port)
    assert (reset[IP].src, reset[TCP].sport) == (WAN4, 8081)
