# SPDX-License-Identifier: GPL-2.0-or-later
"""The gateway is host in the VRF that asks, and nowhere else."""

from harness import (ONLY_IN, TENANT4, TENANT_GATEWAY4, TENANT_GATEWAY6, assert_dropped, clients, policy, tenants)
from lab.home import LAN4, WAN4
from scapy.layers.inet import ICMP, IP, TCP


def document(home):
    tenants(home)
    home["policies"].append(policy("tenants-host", ["red", "blue"], "host"))


def scenario(house):
    for name in ("red", "blue"):
        host = getattr(house, name)
        for own in (TENANT_GATEWAY4, TENANT_GATEWAY6, ONLY_IN[name].removesuffix("5") + "1"):
            clients.ping(host, own)
            assert clients.tcp_peer(host, own, 8000)
    for elsewhere in (LAN4, WAN4):
        assert_dropped(house, "red", IP(src=TENANT4, dst=elsewhere) / ICMP(id=house.port()), "other-vrf")
        assert_dropped(house, "red", IP(src=TENANT4, dst=elsewhere) / TCP(sport=house.port(), dport=8000), "other-vrf")
