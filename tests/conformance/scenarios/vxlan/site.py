# SPDX-License-Identifier: GPL-2.0-or-later
"""Another site over VXLAN is a zone like any other: policies, masquerade, forwards, and nobody else gets in."""

from harness import assert_dropped, clients, forward, masquerade, policy
from harness.tunnels import PORT, SERVED, SITE4, TUNNEL4, VNI, other_site, site
from lab.home import INSIDE4, OTHER_OUTSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import Ether
from scapy.layers.vxlan import VXLAN


def document(home):
    site(home)
    home["policies"] += [policy("to-site", "lan", "site"), policy("site-out", "site", "internet")]
    home["nat"]["masquerade"].append(masquerade("site-as", "site", "internet"))
    home["nat"]["forwards"].append(forward("site-web", WAN4, 8082, f"{SITE4}:{SERVED}"))


def scenario(house):
    remote = other_site(house)
    assert clients.tcp_peer(house.inside, SITE4, SERVED).address == INSIDE4
    assert clients.tcp_peer(remote, OUTSIDE4, 7000).address == WAN4
    assert clients.tcp_peer(house.outside, WAN4, 8082).address == OUTSIDE4
    clients.ping(remote, TUNNEL4)
    inner = Ether(src="02:00:5e:00:53:07", dst=house.gateway.mac("vx7")) / IP(src=SITE4, dst=INSIDE4) / ICMP()
    outer = IP(src=OTHER_OUTSIDE4, dst=WAN4) / UDP(sport=house.port(), dport=PORT) / VXLAN(vni=VNI, flags=8)
    assert_dropped(house, "outside", outer / inner, "policy")
