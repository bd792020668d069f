# SPDX-License-Identifier: GPL-2.0-or-later
"""Another site over VXLAN is a zone like any other: policies, masquerade, forwards, and nobody else gets in."""

from harness import assert_dropped, clients, eventually, forward, masquerade, policy, servers
from lab.home import INSIDE4, OTHER_OUTSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import Ether
from scapy.layers.vxlan import VXLAN

SITE4, FAR4 = "10.70.0.7", "198.51.100.7"


def document(home):
    home["interfaces"]["vx7"] = {"vxlan": {"vni": 7007, "local": WAN4, "remotes": [FAR4]}, "zone": "site",
                                 "addresses": ["10.70.0.1/24"]}
    home["policies"] += [policy("to-site", "lan", "site"), policy("site-out", "site", "internet"),
                         policy("site-ping", "site", "host", protocol="icmp")]
    home["nat"]["masquerade"].append(masquerade("site-as", "site", "internet"))
    home["nat"]["forwards"].append(forward("site-web", WAN4, 8082, f"{SITE4}:8083"))


def other_site(house):
    """A plain kernel device at the far end."""
    house.far.ip(f"link add vx mtu 1450 type vxlan id 7007 local {FAR4} remote {WAN4} dstport 4789")
    house.lab.defer(house.far.ip, "link del vx")
    house.far.ip("link set vx up")
    house.far.addresses("vx", f"{SITE4}/24").routes("192.168.10.0/24 via 10.70.0.1", f"{OUTSIDE4} via 10.70.0.1")
    servers.tcp_peer_server(house.far, 8083)


def scenario(house):
    other_site(house)
    eventually("the way to the remote is known", lambda: house.show("interfaces")[-1]["mtu"] == 1450)
    assert clients.tcp_peer(house.inside, SITE4, 8083).address == INSIDE4
    assert clients.tcp_peer(house.far, OUTSIDE4, 7000).address == WAN4
    assert clients.tcp_peer(house.outside, WAN4, 8082).address == OUTSIDE4
    clients.ping(house.far, "10.70.0.1")
    inner = Ether(src="02:00:5e:00:53:07", dst=house.gateway.mac("vx7")) / IP(src=SITE4, dst=INSIDE4) / ICMP()
    outer = IP(src=OTHER_OUTSIDE4, dst=WAN4) / UDP(sport=house.port(), dport=4789) / VXLAN(vni=7007, flags=8)
    assert_dropped(house, "outside", outer / inner, "policy")
