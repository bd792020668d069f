# SPDX-License-Identifier: GPL-2.0-or-later
"""Hosts of the same address in two VRFs have an outside address of their own each."""

from harness import TENANT4, clients, policy, tenants
from lab.home import OUTSIDE4

OUTSIDE_OF = {"red": "203.0.113.61", "blue": "203.0.113.62"}


def document(home):
    tenants(home)
    for name, outside in OUTSIDE_OF.items():
        home["nat"]["static"].append({"name": name, "outside": outside, "inside": TENANT4, "vrf": f"{name}-net"})
    home["policies"].append(policy("tenants-in", "internet", list(OUTSIDE_OF), protocol="tcp", ports=8080))


def scenario(house):
    for name, outside in OUTSIDE_OF.items():
        assert clients.tcp_peer(getattr(house, name), OUTSIDE4, 7000).address == outside
        assert clients.tcp_peer(house.outside, outside, 8080).address == OUTSIDE4
        assert clients.tcp_outcome(house.outside, outside, 7000, timeout=0.3) == "silence"
