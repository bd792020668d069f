# SPDX-License-Identifier: GPL-2.0-or-later
"""Ten tenants with the same addresses, each in a VRF of its own, behind one outside address."""

import pytest
from lab import clients
from lab.tenants import (ECHO, OUTSIDE4, OUTSIDE6, TENANT_GATEWAY4, TENANT_GATEWAY6, WAN4, WAN6,
                         TenantsLab)

NAMES = [f"t{number}" for number in range(10)]
PORT = 20001   # every tenant's client has this one


@pytest.fixture(scope="module")
def tenants(lab, hook):
    made = TenantsLab(lab, NAMES)
    made.gateway.start_daemon()
    made.gateway.apply(made.document(hook))
    return made


@pytest.mark.parametrize("address, outside", [(OUTSIDE4, WAN4), (OUTSIDE6, WAN6)])
def test_all_go_out_at_once_by_the_same_address(tenants, address, outside):
    open_ones = [clients.connect_tcp(host, address, ECHO, ("", PORT)) for host in tenants.tenants.values()]
    seen = {tuple(connection.makefile().readline().split()) for connection in open_ones}
    assert {peer[0] for peer in seen} == {outside}
    assert len(seen) == len(NAMES)


@pytest.mark.parametrize("own", [TENANT_GATEWAY4, TENANT_GATEWAY6])
def test_each_reaches_the_gateway_in_its_own_vrf(tenants, own):
    for host in tenants.tenants.values():
        clients.ping(host, own)


@pytest.mark.parametrize("listen", [WAN4, WAN6])
def test_each_has_its_own_forward(tenants, listen):
    for number in range(len(NAMES)):
        assert clients.tcp_peer(tenants.outside, listen, 8000 + number).address in (OUTSIDE4, OUTSIDE6)
        assert clients.udp_peer(tenants.outside, listen, 8000 + number).address in (OUTSIDE4, OUTSIDE6)
