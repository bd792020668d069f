# SPDX-License-Identifier: GPL-2.0-or-later
"""One VRF reaches another by a route through it and a policy, from there to here only."""

from harness import ONLY_IN, assert_dropped, clients, masquerade, policy, tenants
from scapy.layers.inet import IP, UDP


def document(home):
    tenants(home)
    home["vrfs"]["red-net"]["routes"].append({"to": "10.2.0.0/24", "through": "blue-net"})
    home["policies"].append(policy("red-blue", "red", "blue", protocol=["tcp", "icmp"]))
    home["nat"]["masquerade"].append(masquerade("red-blue", "red", "blue"))


def scenario(house):
    # Both have the network that the sender is in, so it must be translated.
    assert clients.tcp_peer(house.red, ONLY_IN["blue"], 8080).address in ("10.0.0.1", "10.2.0.1")
    clients.ping(house.red, ONLY_IN["blue"])
    assert_dropped(house, "red", IP(src=ONLY_IN["red"], dst=ONLY_IN["blue"]) / UDP(sport=house.port(), dport=9), "policy")
    assert clients.tcp_outcome(house.blue, ONLY_IN["red"], 8080, timeout=0.3) != "answered"
