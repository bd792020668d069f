# SPDX-License-Identifier: GPL-2.0-or-later
"""A tenant whose IPv6 nobody masquerades reaches its own forwards, by the outside's address and by the gateway's in its VRF."""

import pytest
from harness import TENANT6, TENANT_GATEWAY6, clients, forward, tenants
from lab.home import WAN6


def document(home):
    tenants(home, "red")
    home["nat"]["masquerade"][-1]["family"] = "ipv4"
    for name, listen in (("far", WAN6), ("near", TENANT_GATEWAY6)):
        home["nat"]["forwards"].append(
            forward(name, listen, 8001, f"[{TENANT6}]:8080", protocol=["tcp", "udp"], vrf="red-net"))


@pytest.mark.parametrize("ask", [clients.tcp_peer, clients.udp_peer])
@pytest.mark.parametrize("asked", [WAN6, TENANT_GATEWAY6])
def scenario(house, ask, asked):
    assert ask(house.red, asked, 8001).address == asked
