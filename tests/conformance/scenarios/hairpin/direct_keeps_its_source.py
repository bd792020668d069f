# SPDX-License-Identifier: GPL-2.0-or-later
"""What is routed back into its own network, and translated by nobody, keeps its source."""

from harness import clients, policy
from lab.home import INSIDE4, LAN4, SECOND4


def document(home):
    home["policies"].append(policy("within", "lan", "lan"))
    home["nat"]["masquerade"] = []


def scenario(house):
    house.second.routes(f"{INSIDE4}/32 via {LAN4}")
    gained = house.gained()
    try:
        assert clients.udp_peer(house.second, INSIDE4, 8080).address == SECOND4
        assert gained.policy("within")["packets"] >= 1
    finally:
        house.second.ip("route del", f"{INSIDE4}/32")
