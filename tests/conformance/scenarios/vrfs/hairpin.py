# SPDX-License-Identifier: GPL-2.0-or-later
"""A tenant reaches its own forward and that of another one by the outside's address."""

from harness import TENANT4, clients, forward, tenants
from lab.home import WAN4


def document(home):
    tenants(home)
    for port, name in ((8001, "red"), (8002, "blue")):
        home["nat"]["forwards"].append(forward(f"{name}-web", WAN4, port, f"{TENANT4}:8080", vrf=f"{name}-net"))


def scenario(house):
    for host in (house.red, house.blue):
        for port in (8001, 8002):
            assert clients.tcp_peer(host, WAN4, port).address == WAN4
