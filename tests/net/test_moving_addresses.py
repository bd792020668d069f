# SPDX-License-Identifier: GPL-2.0-or-later
"""Addresses that are where a cluster's active node is: by each engine, because it is the engine that admits the packets of VRRP and
has rules with addresses that are not there. What daemons and keepalived decide is in test_failover.py.
"""

import pytest
from lab import eventually
from lab.sites import WAYS
from pair_site import ALL, LAN4, LAN6, started


@pytest.fixture(scope="module", params=list(WAYS))
def site(request):
    engine, hook = WAYS[request.param]
    yield from started(hook, engine)


@pytest.fixture(autouse=True)
def settled(site):
    yield
    site.settle()


def test_one_node_has_the_addresses_and_the_other_has_none(site):
    active, standby = site.active(), site.standby()
    assert site.works() == ALL
    for address in (f"{LAN4}/24", f"{LAN6}/64"):
        assert site.holds(active, address) and not site.holds(standby, address)
    for number, (name, gateway) in enumerate(site.gateways.items(), 11):
        assert gateway.has_address(site.device(name, "wan"), f"203.0.113.{number}/24")
        assert gateway.json("status")["state"] == "running"
        gateway.sluice("plan", gateway.write(site.document(name)), "--exit-code")
    assert site.gateways[active].drops() == {} and site.gateways[standby].drops() == {}


def test_another_node_carries_on_after_a_power_cut(site):
    """And goes on when the first one is back: of two that are as good as each other nobody takes over from the one that carries."""
    active, standby = site.active(), site.standby()
    rules = site.gateways[standby].daemon.output().count("put the rules in force")
    site.grow_old()
    site.cut(active)
    eventually("traffic goes on by the other one", lambda: site.works() == ALL)
    assert site.holds(standby)
    eventually("it knows that it is active", lambda: site.knows(standby) == "active")
    assert site.gateways[standby].daemon.output().count("put the rules in force") == rules, "nothing of the rules is another"
    site.mend(active)
    site.settle()
    assert site.active() == standby
    assert site.works() == ALL
