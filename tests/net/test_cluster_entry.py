# SPDX-License-Identifier: GPL-2.0-or-later
"""Who comes with a document of its own keeps it unless it is said that another one may come in its place."""

import json

import pytest
from cluster_site import WAN4, ClusterSite
from lab import Lab, eventually


@pytest.fixture
def site():
    with Lab("tc") as lab:
        yield ClusterSite(lab, ["gw1", "gw2"])


def alone(site, **more):
    """Of gw1 by itself."""
    made = site.document(**more)
    del made["cluster"]
    return made | {"interfaces": {"eth0": made["interfaces"]["wan"]}}


def revision(gateway):
    return gateway.json("status")["revision"]


def test_an_empty_gateway_waits_for_one_that_has_a_document(site):
    gateway = site.gateways["gw1"]
    gateway.apply(alone(site))
    said = site.join("gw2")
    assert "waits for one that has a document" in said.stderr
    assert "waits for a node that has a document" in site.gateways["gw2"].sluice("cluster", "status").stdout
    assert not site.status("gw2")["revision"]
    site.join("gw1", expect=None)   # gw2 has no device of this name, and may have said so
    site.await_step("gw1", "gw2")
    assert site.reached()["gw1"] == "answered"
    assert "eth0" in json.loads(site.gateways["gw2"].sluice("export").stdout)["interfaces"]


def test_a_document_that_somebody_left_in_etcd_takes_the_place_of_none(site):
    """Months later."""
    gateway = site.gateways["gw1"]
    gateway.apply(site.document("gw1"))
    site.await_step("gw1")
    gateway.sluice("cluster", "leave")
    gateway.apply(alone(site, opens=False))
    before, text = revision(gateway), gateway.sluice("export").stdout
    said = site.join("gw1", expect=7)
    assert "this gateway is as it was: cluster edge has a document already, revision 1 of gw1 by root" in said.stderr and "`--replace`" in said.stderr
    assert revision(gateway) == before and gateway.sluice("export").stdout == text and site.reached()["gw1"] == "silence"
    assert "node of no cluster" in gateway.sluice("cluster", "status").stdout
    said = site.join("gw1", "--replace")
    assert f"is in the place of revision {before}: after `sluice cluster leave`, `sluice rollback {before}` brings that back" in said.stderr
    assert site.reached()["gw1"] == "answered"
    gateway.sluice("cluster", "leave")
    gateway.sluice("rollback", str(before))
    assert site.reached()["gw1"] == "silence" and gateway.has_address("eth0", f"{WAN4}/24")


def test_a_document_that_makes_it_a_node_is_held_back_as_well(site):
    """By `apply`: what it says is that the gateway is to be a node, and not that another document may come in its place."""
    gateway, other = site.gateways["gw1"], site.gateways["gw2"]
    other.apply(site.document("gw2"))
    site.await_step("gw2")
    gateway.apply(alone(site, opens=False))
    before, text = revision(gateway), gateway.sluice("export").stdout
    said = gateway.apply(site.document("gw1", opens=False), expect=7)
    assert "this gateway is as it was: cluster edge has a document already, revision 1 of gw2 by root" in said.stderr
    assert revision(gateway) == before and gateway.sluice("export").stdout == text and site.reached()["gw1"] == "silence"
    gateway.apply(site.document("gw1"))
    site.await_step("gw1", "gw2")
    assert site.reached()["gw1"] == "answered"


def test_a_store_that_cannot_be_reached_takes_nothing(site):
    """After a minute the gateway is as it was, and before where an operator says so."""
    gateway = site.gateways["gw1"]
    gateway.apply(alone(site))
    before = revision(gateway)
    site.etcd.kill()
    said = site.join("gw1", expect=1)
    assert "tries for a minute to reach the others, and then is as it was" in said.stderr
    gateway.sluice("cluster", "leave")
    assert revision(gateway) == before and site.reached()["gw1"] == "answered"
    site.join("gw1", expect=1)
    eventually("it is as it was", lambda: revision(gateway) == before, within=90)
    assert site.status("gw1")["name"] is None and site.reached()["gw1"] == "answered"
