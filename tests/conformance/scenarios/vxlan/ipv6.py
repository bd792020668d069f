# SPDX-License-Identifier: GPL-2.0-or-later
"""IPv6 in a tunnel over IPv4: by policy from here to there and from there to the internet, and no other way."""

from harness import assert_silent, clients, flow, masquerade, policy
from harness.silence import mark
from harness.tunnels import SERVED, SITE6, TUNNEL6, into, other_site, site
from lab.home import INSIDE6, OUTSIDE6, WAN6
from scapy.layers.inet import UDP
from scapy.layers.inet6 import IPv6


def document(home):
    site(home)
    home["policies"] += [policy("to-site", "lan", "site"), policy("site-out", "site", "internet")]
    home["nat"]["masquerade"].append(masquerade("site-as", "site", "internet", family="ipv6"))


def scenario(house):
    remote, port, text, lan = other_site(house), house.port(), mark(), house.sniff("lan")
    connection = clients.EchoedConnection(house.inside, SITE6, SERVED, source=("", port))
    assert connection.peer.address == INSIDE6
    assert connection.says("there and back " * 1000)
    flow(house, port, protocol="tcp", interface_in="lan", interface_out="vx7", nat=None)
    assert clients.udp_peer(house.inside, SITE6, SERVED).address == INSIDE6
    assert clients.tcp_peer(remote, OUTSIDE6, 7000).address == WAN6
    clients.ping(remote, TUNNEL6)
    gained = house.gained()
    for source in (SITE6, OUTSIDE6):
        into(house, remote, IPv6(src=source, dst=INSIDE6) / UDP(sport=house.port(), dport=8080) / text)
    clients.ping(remote, TUNNEL6)
    assert_silent(house, lan, wanted=lambda p: text in bytes(p))
    assert gained.drops("vx7") == {"policy": 1, "spoofed": 1}
