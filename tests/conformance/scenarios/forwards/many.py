# SPDX-License-Identifier: GPL-2.0-or-later
"""Of 5,000 forwards to two hosts each leads to its own port."""

from harness import clients, forward
from lab.home import OUTSIDE4, WAN4
from scapy.layers.inet import IP, TCP


def document(home):
    home["nat"]["forwards"] += [
        forward(f"many-{port}", "203.0.113.1", port, f"192.168.10.{2 + port % 2}:{port + 1}")
        for port in range(40000, 45000)]


def scenario(house):
    for port in (40000, 42501, 44999):
        lan, source = house.sniff("lan"), house.port()
        house.inject("outside", IP(src=OUTSIDE4, dst=WAN4) / TCP(sport=source, dport=port, flags="S"))
        seen = lan.wait_for("the SYN", lambda p, source=source: TCP in p and p[TCP].sport == source)
        assert (seen[IP].dst, seen[TCP].dport) == (f"192.168.10.{2 + port % 2}", port + 1)
    assert clients.tcp_peer(house.outside, WAN4, 80).address == OUTSIDE4
