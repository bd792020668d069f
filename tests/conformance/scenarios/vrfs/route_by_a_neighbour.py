# SPDX-License-Identifier: GPL-2.0-or-later
"""A VRF's route leads by a neighbour in it; forwards and answers take it."""

from harness import TENANT4, clients, forward, tenants
from lab.home import OUTSIDE4, WAN4

BEHIND = "10.50.0.9"


def document(home):
    tenants(home, "red", routes=[{"to": "10.50.0.0/16", "via": TENANT4}])
    home["nat"]["forwards"].append(forward("behind", WAN4, 8003, f"{BEHIND}:8080", vrf="red-net"))


def scenario(house):
    house.red.ip(f"addr add {BEHIND}/32 dev lo")
    house.lab.defer(house.red.ip, f"addr del {BEHIND}/32 dev lo")
    assert clients.tcp_peer(house.outside, WAN4, 8003).address == OUTSIDE4
    shown = house.gateway.ip("route show table 1101").stdout
    assert f"10.50.0.0/16 via {TENANT4} dev red" in shown
