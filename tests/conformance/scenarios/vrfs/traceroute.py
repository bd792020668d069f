# SPDX-License-Identifier: GPL-2.0-or-later
"""Traceroute of a tenant shows the gateway by its address in the VRF."""

import pytest
from harness import TENANT_GATEWAY4, TENANT_GATEWAY6, tenants
from lab.home import FAR4, FAR6, OUTSIDE4, OUTSIDE6


def document(home):
    tenants(home)


@pytest.mark.parametrize("hops", [(TENANT_GATEWAY4, OUTSIDE4, FAR4), (TENANT_GATEWAY6, OUTSIDE6, FAR6)],
                         ids=["ipv4", "ipv6"])
def scenario(house, hops):
    done = house.red.run("traceroute", "-n", "-q", 1, "-w", 2, "-m", 5, hops[-1])
    assert tuple(line.split()[1] for line in done.stdout.splitlines()[1:]) == hops
