# SPDX-License-Identifier: GPL-2.0-or-later
"""A site uses the outside address: another zone's forward, and its own server's; past a forward it reaches nobody."""

from harness import assert_silent, clients, flow, forward, masquerade
from harness.silence import mark
from harness.tunnels import SERVED, SITE4, TUNNEL4, into, other_site, site
from lab.home import INSIDE4, WAN4
from scapy.layers.inet import IP, UDP


def document(home):
    site(home)
    home["nat"]["masquerade"].append(masquerade("site-as", "site", "internet"))
    home["nat"]["forwards"].append(forward("site-web", WAN4, 8082, f"{SITE4}:{SERVED}"))


def scenario(house):
    remote, port, text, lan = other_site(house), house.port(), mark(), house.sniff("lan")
    connection = clients.EchoedConnection(remote, WAN4, 80, source=("", port))
    assert connection.peer.address == SITE4
    assert connection.says("there and back " * 1000)
    flow(house, port, protocol="tcp", interface_in="vx7", interface_out="lan", nat="web")
    assert clients.tcp_peer(house.inside, WAN4, 8082).address == INSIDE4
    assert clients.tcp_peer(remote, WAN4, 8082).address == WAN4
    into(house, remote, IP(src=SITE4, dst=INSIDE4) / UDP(sport=house.port(), dport=8080) / text)
    clients.ping(remote, TUNNEL4)
    assert_silent(house, lan, wanted=lambda p: text in bytes(p))
