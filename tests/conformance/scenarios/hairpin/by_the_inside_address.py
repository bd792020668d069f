# SPDX-License-Identifier: GPL-2.0-or-later
"""A forward on the gateway's inside address serves the hosts of that network too."""

from harness import clients, forward
from lab.home import INSIDE4, INSIDE6, LAN4, LAN6


def document(home):
    home["nat"]["forwards"] += [forward("near4", LAN4, 8006, f"{INSIDE4}:8080"),
                                forward("near6", LAN6, 8006, f"[{INSIDE6}]:8080")]


def scenario(house):
    for host in (house.second, house.inside):
        for address in (LAN4, LAN6):
            assert clients.tcp_peer(host, address, 8006).address == address
